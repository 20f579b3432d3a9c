#include "optimizer_path.hpp"

using namespace latent;

namespace {

template <Scalar T>
void check_groups(fixtures::Comparison& comparison, const fixtures::Case& c) {
  fixtures::check_path_of<T>(comparison, c, [&](const Variable<T>& a, const Variable<T>& b) {
    return optim::Groups({optim::AdamW<T>({a}, {.lr = c.options.number("lr"), .weight_decay = 0}),
                          optim::AdamW<T>({b}, {.lr = c.options.number("lr_b"),
                                                .beta1 = c.options.number("beta1_b"),
                                                .weight_decay = c.options.number("weight_decay_b")})});
  });
}

template <Scalar T>
void check_more_optimizers(fixtures::Comparison& comparison, const fixtures::Case& c) {
  const auto number = [&](const char* name, double otherwise) { return c.options.number(name, otherwise); };
  const double weight_decay = number("weight_decay", 0), beta1 = number("beta1", 0.9), beta2 = number("beta2", 0.999);
  const bool decoupled = c.options.flag("decoupled_weight_decay");
  const std::string& op = c.options.text("op");
  if (op == "groups") return check_groups<T>(comparison, c);
  if (op == "RMSprop") {
    const optim::RMSpropOptions options{.lr = number("lr", 1e-2),
                                        .alpha = number("alpha", 0.99),
                                        .eps = number("eps", 1e-8),
                                        .weight_decay = weight_decay,
                                        .momentum = number("momentum", 0),
                                        .centered = c.options.flag("centered")};
    fixtures::check_path<T, optim::RMSprop<T>>(comparison, c, options);
  } else if (op == "Adagrad") {
    const optim::AdagradOptions options{.lr = number("lr", 1e-2),
                                        .lr_decay = number("lr_decay", 0),
                                        .weight_decay = weight_decay,
                                        .initial_accumulator_value = number("initial_accumulator_value", 0),
                                        .eps = number("eps", 1e-10)};
    fixtures::check_path<T, optim::Adagrad<T>>(comparison, c, options);
  } else if (op == "NAdam") {
    const optim::NAdamOptions options{.lr = number("lr", 2e-3),
                                      .beta1 = beta1,
                                      .beta2 = beta2,
                                      .eps = number("eps", 1e-8),
                                      .weight_decay = weight_decay,
                                      .momentum_decay = number("momentum_decay", 4e-3),
                                      .decoupled_weight_decay = decoupled};
    fixtures::check_path<T, optim::NAdam<T>>(comparison, c, options);
  } else if (op == "RAdam") {
    const optim::RAdamOptions options{.lr = number("lr", 1e-3),
                                      .beta1 = beta1,
                                      .beta2 = beta2,
                                      .eps = number("eps", 1e-8),
                                      .weight_decay = weight_decay,
                                      .decoupled_weight_decay = decoupled};
    fixtures::check_path<T, optim::RAdam<T>>(comparison, c, options);
  } else {
    const optim::AdamOptions options{
        .lr = number("lr", 1e-3), .beta1 = beta1, .beta2 = beta2, .weight_decay = weight_decay, .amsgrad = true};
    if (op == "Adam")
      fixtures::check_path<T, optim::Adam<T>>(comparison, c, options);
    else
      fixtures::check_path<T, optim::AdamW<T>>(comparison, c, options);
  }
}

template <Scalar T>
void check_clipping(fixtures::Comparison& comparison, const fixtures::Case& c) {
  CAPTURE(c.options.json());
  std::vector<Variable<T>> parameters;
  for (const char* name : {"in/a", "in/b", "in/c"}) {
    const auto gradient = c.tensor<T>(name);
    parameters.emplace_back(Tensor<T>(gradient.shape()), true);
    parameters.back().pass_grad(gradient);
  }
  if (c.options.text("op") == "value") {
    optim::clip_grad_value(parameters, c.options.number("value"));
  } else {
    const double infinity = std::numeric_limits<double>::infinity();
    const double norm_type = c.options.flag("infinity") ? infinity : c.options.number("norm_type");
    const double norm = optim::clip_grad_norm(parameters, c.options.number("max_norm"), norm_type);
    comparison.compare(c, "norm", Tensor<T>::full({}, static_cast<T>(norm)));
  }
  comparison.compare(c, "a", parameters[0].grad());
  comparison.compare(c, "b", parameters[1].grad());
  comparison.compare(c, "c", parameters[2].grad());
}

}  // namespace

TEST_CASE("pytorch: gradients clipped by norms of five types and by value") {
  fixtures::Comparison comparison("clip_grad");
  for (const fixtures::Case& c : fixtures::cases("clip_grad")) {
    check_clipping<double>(comparison, c);
    check_clipping<float>(comparison, c);
  }
  CHECK(fixtures::cases("clip_grad").size() == 51);
}

TEST_CASE("pytorch: 20 steps of RMSprop, Adagrad, NAdam, RAdam, and of Adam and AdamW with amsgrad; groups") {
  fixtures::Comparison comparison("more_optimizers");
  for (const fixtures::Case& c : fixtures::cases("more_optimizers")) {
    check_more_optimizers<double>(comparison, c);
    check_more_optimizers<float>(comparison, c);
  }
  CHECK(fixtures::cases("more_optimizers").size() == 25);
}
