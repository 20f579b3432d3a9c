#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

TEST_CASE("adam: follows its formula step by step, with either kind of weight decay") {
  for (bool decoupled : {false, true})
    for (double decay : {0.0, 0.1}) {
      const optim::AdamOptions o{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = decay};
      const auto actual =
          decoupled ? quadratic::path<optim::AdamW<double>>(o, 20) : quadratic::path<optim::Adam<double>>(o, 20);
      for (std::size_t i = 0; i < 3; ++i) {
        double p = quadratic::start[i], m = 0, v = 0;
        for (int step = 1; step <= 20; ++step) {
          double g = quadratic::curvature[i] * p;
          decoupled ? p -= o.lr* decay* p : g += decay * p;
          m = o.beta1 * m + (1 - o.beta1) * g;
          v = o.beta2 * v + (1 - o.beta2) * g * g;
          p -= o.lr * (m / (1 - std::pow(o.beta1, step))) / (std::sqrt(v / (1 - std::pow(o.beta2, step))) + o.eps);
          CHECK(actual[static_cast<std::size_t>(step - 1)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
        }
      }
    }
}

TEST_CASE("adamw: an infinite parameter stays infinite while it decays") {
  const float infinity = std::numeric_limits<float>::infinity();
  const Variable<float> p(Tensor<float>({3}, {infinity, -infinity, 1}), true);
  optim::AdamW<float> optimizer({p}, {.lr = 0.5, .weight_decay = 0.5});
  p.pass_grad(Tensor<float>::full({3}, 1));
  optimizer.step();
  CHECK(p.value()(0) == infinity);
  CHECK(p.value()(1) == -infinity);
  CHECK(p.value()(2) == doctest::Approx(0.25));
}
