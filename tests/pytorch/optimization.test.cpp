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

/// What f gives for each step.
template <class F>
void check_rates(fixtures::Comparison& comparison, const fixtures::Case& c, const char* name, F f) {
  auto rates = Tensor<double>::uninitialized(c.tensor<double>(std::string("f64/") + name).shape());
  for (Index step = 0; step < rates.numel(); ++step) rates(step) = f(step);
  comparison.compare(c, name, rates);
}

void check_one_cycle(fixtures::Comparison& comparison, const fixtures::Case& c) {
  const optim::OneCycleLR schedule{
      .max_lr = 0.3,
      .steps = c.options.index("steps"),
      .pct_start = c.options.number("pct_start", 0.3),
      .anneal = c.options.text("anneal") == "cos" ? optim::Anneal::cos : optim::Anneal::linear,
      .div_factor = c.options.number("div_factor", 25),
      .final_div_factor = c.options.number("final_div_factor", 1e4),
      .three_phase = c.options.flag("three_phase")};
  check_rates(comparison, c, "lr", schedule);
  check_rates(comparison, c, "momentum", [&](Index step) { return schedule.momentum(step); });
}

void check_plateau(fixtures::Comparison& comparison, const fixtures::Case& c) {
  const auto number = [&](const char* name, double otherwise) { return c.options.number(name, otherwise); };
  optim::ReduceLROnPlateau plateau(
      {.mode = c.options.text("mode") == "min" ? optim::MetricMode::min : optim::MetricMode::max,
       .factor = number("factor", 0.1),
       .patience = c.options.index("patience"),
       .threshold = number("threshold", 1e-4),
       .threshold_mode = c.options.contains("threshold_mode") ? optim::ThresholdMode::abs : optim::ThresholdMode::rel,
       .cooldown = static_cast<Index>(number("cooldown", 0)),
       .min_lr = number("min_lr", 0),
       .eps = number("eps", 1e-8)});
  optim::SGD<float> optimizer({Variable<float>(Tensor<float>({1}), true)}, {.lr = 0.3});
  const auto metric = c.tensor<double>("in/metric");
  check_rates(comparison, c, "lr", [&](Index step) {
    plateau.step(metric(step), optimizer);
    return optimizer.options.lr;
  });
}

template <Scalar T>
void check_average(fixtures::Comparison& comparison, const fixtures::Case& c) {
  const auto weights = c.tensor<T>("in/weights");
  const Variable<T> p(weights.rows(0, 1), true);
  optim::ExponentialMovingAverage<T> average({p}, {.decay = c.options.number("decay")});
  auto path = Tensor<T>::uninitialized(weights.shape());
  for (Index step = 0; step < weights.size(0); ++step) {
    p.set_value(weights.rows(step, step + 1));
    average.update();
    average.swap();
    std::ranges::copy(p.value().elements(), path.data() + step * p.numel());
    average.swap();
  }
  comparison.compare(c, "average", path);
}

void check_schedule(fixtures::Comparison& comparison, const fixtures::Case& c) {
  CAPTURE(c.options.json());
  const std::string& op = c.options.text("op");
  const auto steps = [&] { return c.options.index("steps"); };
  const double start_factor = c.options.number("start_factor", 1. / 3), gamma = c.options.number("gamma", 0.1);
  if (op == "average") {
    check_average<double>(comparison, c);
    check_average<float>(comparison, c);
  } else if (op == "LinearLR") {
    check_rates(comparison, c, "lr", optim::LinearLR{.lr = 0.3, .start_factor = start_factor, .steps = steps()});
  } else if (op == "StepLR") {
    check_rates(comparison, c, "lr", optim::StepLR{.lr = 0.3, .step = c.options.index("step"), .gamma = gamma});
  } else if (op == "MultiStepLR") {
    optim::MultiStepLR schedule{.lr = 0.3};
    for (const double at : c.options.numbers("milestones")) schedule.milestones.push_back(static_cast<Index>(at));
    check_rates(comparison, c, "lr", schedule);
  } else if (op == "ExponentialLR") {
    check_rates(comparison, c, "lr", optim::ExponentialLR{.lr = 0.3, .gamma = gamma});
  } else if (op == "CosineAnnealingLR") {
    check_rates(comparison, c, "lr",
                optim::CosineAnnealingLR{.lr = 0.3,
                                         .steps = steps(),
                                         .min_lr = c.options.number("min_lr", 0),
                                         .warmup = static_cast<Index>(c.options.number("warmup", 0)),
                                         .start_factor = start_factor});
  } else if (op == "OneCycleLR") {
    check_one_cycle(comparison, c);
  } else {
    check_plateau(comparison, c);
  }
}

nn::init::Nonlinearity nonlinearity_of(const std::string& name) {
  using enum nn::init::Nonlinearity;
  static const std::map<std::string, nn::init::Nonlinearity> all{
      {"linear", linear}, {"sigmoid", sigmoid},       {"tanh", tanh},
      {"relu", relu},     {"leaky_relu", leaky_relu}, {"selu", selu}};
  return all.at(name);
}

void check_initializer(fixtures::Comparison& comparison, const fixtures::Case& c) {
  CAPTURE(c.options.json());
  const std::string& op = c.options.text("op");
  const auto compare = [&](const char* name, double x) { comparison.compare(c, name, Tensor<double>::full({}, x)); };
  if (op == "gain") {
    const auto nonlinearity = nonlinearity_of(c.options.text("nonlinearity"));
    compare("gain", c.options.contains("slope") ? nn::init::calculate_gain(nonlinearity, c.options.number("slope"))
                                                : nn::init::calculate_gain(nonlinearity));
    return;
  }
  if (op == "orthogonal") {
    auto normal = c.tensor<double>("in/normal");
    const bool wide = normal.size(0) < normal.size(1);
    if (!wide) normal = transpose(Variable<double>(normal), 0, 1).value();
    nn::init::detail::orthonormalize(normal.size(0), normal.size(1), normal.data());
    comparison.compare(c, "q", wide ? normal : transpose(Variable<double>(normal), 0, 1).value());
    return;
  }
  Shape shape;
  for (const double size : c.options.numbers("shape")) shape.append(static_cast<Index>(size));
  if (op == "xavier") {
    compare("std", nn::init::detail::xavier_std("", shape, c.options.number("gain")));
  } else {
    using nn::init::FanMode;
    const FanMode mode = c.options.text("mode") == "fan_in" ? FanMode::fan_in : FanMode::fan_out;
    compare("std", nn::init::detail::kaiming_std("", shape,
                                                 {.a = c.options.number("a"),
                                                  .mode = mode,
                                                  .nonlinearity = nonlinearity_of(c.options.text("nonlinearity"))}));
  }
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

TEST_CASE("pytorch: learning rates of seven schedulers, and averages of weights") {
  fixtures::Comparison comparison("schedules");
  for (const fixtures::Case& c : fixtures::cases("schedules")) check_schedule(comparison, c);
  CHECK(fixtures::cases("schedules").size() == 28);
}

TEST_CASE("pytorch: standard deviations of initial weights, gains, and orthogonal matrices") {
  fixtures::Comparison comparison("initializers");
  for (const fixtures::Case& c : fixtures::cases("initializers")) check_initializer(comparison, c);
  CHECK(fixtures::cases("initializers").size() == 108);
}
