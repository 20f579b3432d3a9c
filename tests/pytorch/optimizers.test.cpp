#include "fixtures.hpp"

using namespace latent;

namespace {

/// Takes the 20 steps of a case and compares the parameters after each.
template <Scalar T, class Optimizer, class Options>
void check_path(fixtures::Comparison& comparison, const fixtures::Case& c, const Options& options) {
  CAPTURE(c.options.json());
  const Variable<T> a(c.tensor<T>("in/a"), true), b(c.tensor<T>("in/b"), true);
  const auto da = c.tensor<T>("d/a"), db = c.tensor<T>("d/b");
  Optimizer optimizer(std::vector{a, b}, options);
  auto path_a = Tensor<T>::uninitialized(da.shape()), path_b = Tensor<T>::uninitialized(db.shape());
  for (Index step = 0; step < 20; ++step) {
    const auto give = [&](const Variable<T>& parameter, const Tensor<T>& gradients) {
      parameter.pass_grad(gradients.rows(step, step + 1).reshape(parameter.shape()));
    };
    const auto keep = [&](const Variable<T>& parameter, Tensor<T>& path) {
      std::ranges::copy(parameter.value().elements(), path.data() + step * parameter.numel());
    };
    optimizer.zero_grad();
    give(a, da);
    if (step % 3 != 2) give(b, db);
    optimizer.step();
    keep(a, path_a);
    keep(b, path_b);
  }
  comparison.compare(c, "a", path_a);
  comparison.compare(c, "b", path_b);
}

template <Scalar T>
void check_optimizer(fixtures::Comparison& comparison, const fixtures::Case& c) {
  const auto number = [&](const char* name, double otherwise) { return c.options.number(name, otherwise); };
  if (c.options.text("op") == "SGD") {
    check_path<T, optim::SGD<T>>(comparison, c,
                                 optim::SGDOptions{.lr = number("lr", 1e-3),
                                                   .momentum = number("momentum", 0),
                                                   .dampening = number("dampening", 0),
                                                   .weight_decay = number("weight_decay", 0),
                                                   .nesterov = c.options.flag("nesterov")});
    return;
  }
  const optim::AdamOptions options{.lr = number("lr", 1e-3),
                                   .beta1 = number("beta1", 0.9),
                                   .beta2 = number("beta2", 0.999),
                                   .eps = number("eps", 1e-8),
                                   .weight_decay = number("weight_decay", 0)};
  if (c.options.text("op") == "Adam") check_path<T, optim::Adam<T>>(comparison, c, options);
  if (c.options.text("op") == "AdamW") check_path<T, optim::AdamW<T>>(comparison, c, options);
}

}  // namespace

TEST_CASE("pytorch: 20 steps of Adam, AdamW and SGD, with steps in which a parameter has no gradient") {
  fixtures::Comparison comparison("optimizers");
  for (const fixtures::Case& c : fixtures::cases("optimizers")) {
    check_optimizer<double>(comparison, c);
    check_optimizer<float>(comparison, c);
  }
  CHECK(fixtures::cases("optimizers").size() == 18);
}
