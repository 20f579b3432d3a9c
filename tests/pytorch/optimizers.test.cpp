#include "optimizer_path.hpp"

using namespace latent;

namespace {

template <Scalar T>
void check_optimizer(fixtures::Comparison& comparison, const fixtures::Case& c) {
  const auto number = [&](const char* name, double otherwise) { return c.options.number(name, otherwise); };
  if (c.options.text("op") == "SGD") {
    fixtures::check_path<T, optim::SGD<T>>(comparison, c,
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
  if (c.options.text("op") == "Adam") fixtures::check_path<T, optim::Adam<T>>(comparison, c, options);
  if (c.options.text("op") == "AdamW") fixtures::check_path<T, optim::AdamW<T>>(comparison, c, options);
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
