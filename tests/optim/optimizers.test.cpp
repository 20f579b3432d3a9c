#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// Takes `steps` steps on f(p) = sum of curvature_i p_i^2 / 2 and returns p after each.
template <class Optimizer, class Options>
std::vector<Tensor<double>> path(const Options& options, int steps) {
  const Variable<double> p(Tensor<double>({3}, {1, -2, 0.5}), true);
  const Variable<double> curvature(Tensor<double>({3}, {1, 2, 4}));
  Optimizer optimizer(std::vector{p}, options);
  std::vector<Tensor<double>> result;
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    sum(curvature * square(p) * 0.5).backward();
    optimizer.step();
    result.push_back(p.value());
  }
  return result;
}

constexpr std::array curvature{1.0, 2.0, 4.0};

}  // namespace

TEST_CASE("adam: follows its formula step by step, with either kind of weight decay") {
  for (bool decoupled : {false, true})
    for (double decay : {0.0, 0.1}) {
      const optim::AdamOptions o{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = decay};
      const auto actual = decoupled ? path<optim::AdamW<double>>(o, 20) : path<optim::Adam<double>>(o, 20);
      for (std::size_t i = 0; i < 3; ++i) {
        double p = std::array{1.0, -2.0, 0.5}[i], m = 0, v = 0;
        for (int step = 1; step <= 20; ++step) {
          double g = curvature[i] * p;
          decoupled ? p -= o.lr* decay* p : g += decay * p;
          m = o.beta1 * m + (1 - o.beta1) * g;
          v = o.beta2 * v + (1 - o.beta2) * g * g;
          p -= o.lr * (m / (1 - std::pow(o.beta1, step))) / (std::sqrt(v / (1 - std::pow(o.beta2, step))) + o.eps);
          CHECK(actual[static_cast<std::size_t>(step - 1)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
        }
      }
    }
}

TEST_CASE("sgd: follows its formula step by step") {
  for (double momentum : {0.0, 0.9})
    for (bool nesterov : {false, true})
      for (double dampening : {0.0, 0.3}) {
        if (nesterov && (momentum == 0 || dampening > 0)) continue;
        const optim::SGDOptions o{
            .lr = 0.05, .momentum = momentum, .dampening = dampening, .weight_decay = 0.01, .nesterov = nesterov};
        const auto actual = path<optim::SGD<double>>(o, 20);
        for (std::size_t i = 0; i < 3; ++i) {
          double p = std::array{1.0, -2.0, 0.5}[i], v = 0;
          for (int step = 0; step < 20; ++step) {
            const double g = curvature[i] * p + 0.01 * p;
            v = step == 0 ? g : momentum * v + (1 - dampening) * g;
            p -= o.lr * (momentum == 0 ? g : nesterov ? g + momentum * v : v);
            CHECK(actual[static_cast<std::size_t>(step)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
          }
        }
      }
}

TEST_CASE("optimizers: leave parameters without a gradient alone, and check what they are given") {
  const Variable<float> used(Tensor<float>::full({2}, 1), true), unused(Tensor<float>::full({2}, 1), true);
  optim::Adam optimizer(std::vector{used, unused});
  sum(used).backward();
  optimizer.step();
  CHECK(used.value()(0) < 1);
  CHECK(unused.value()(0) == 1);
  CHECK(message_of<ValueError>([] { optim::Adam(std::vector<Variable<float>>{}); }) ==
        "Adam: no parameters to optimize");
  CHECK(message_of<ValueError>([] { optim::SGD(std::vector{Variable<float>(Tensor<float>({1}))}); }) ==
        "SGD: parameter 0 does not require a gradient");
  CHECK(message_of<ValueError>([&] { optim::AdamW(std::vector{used}, {.beta1 = 1}); }) ==
        "AdamW: lr, eps and weight_decay must be at least 0 and the betas in [0, 1), got lr 0.001, eps 1e-08, "
        "weight_decay 0, betas 1 and 0.999");
  CHECK(message_of<ValueError>([&] { optim::SGD(std::vector{used}, {.nesterov = true}); }) ==
        "SGD: Nesterov needs a momentum and no dampening, got momentum 0 and dampening 0");
}

TEST_CASE("optimizers: a parameter kept elsewhere is not changed by later steps") {
  const Variable<float> p(Tensor<float>::full({2}, 1), true);
  const Tensor<float> best = p.value();
  optim::SGD optimizer(std::vector{p}, {.lr = 0.5});
  sum(p).backward();
  optimizer.step();
  CHECK(p.value()(0) == 0.5f);
  CHECK(best(0) == 1);
}

TEST_CASE("training: a small network learns exclusive or") {
  Rng rng(4);
  const nn::Sequential model{nn::Linear({.in = 2, .out = 8}, rng), nn::Tanh{}, nn::Linear({.in = 8, .out = 1}, rng),
                             nn::Sigmoid{}};
  const Variable<float> x(Tensor<float>({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1})), y(Tensor<float>({4, 1}, {0, 1, 1, 0}));
  optim::Adam optimizer(nn::parameters(model), {.lr = 0.05});
  for (int i = 0; i < 500; ++i) {
    optimizer.zero_grad();
    mse_loss(model(x), y).backward();
    optimizer.step();
  }
  CHECK(mse_loss(model(x), y).item() < 0.01f);
}
