#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

TEST_CASE("adam: follows its formula step by step, with either kind of weight decay and amsgrad") {
  for (const bool decoupled : {false, true})
    for (const int kind : {0, 1, 2, 3}) {
      const double decay = kind % 2 ? 0.1 : 0;
      const bool amsgrad = kind >= 2;
      const optim::AdamOptions o{
          .lr = 0.05, .beta1 = 0.8, .beta2 = 0.9, .eps = 1e-6, .weight_decay = decay, .amsgrad = amsgrad};
      const auto actual =
          decoupled ? quadratic::path<optim::AdamW<double>>(o, 20) : quadratic::path<optim::Adam<double>>(o, 20);
      for (std::size_t i = 0; i < 3; ++i) {
        double p = quadratic::start[i], m = 0, v = 0, largest = 0;
        for (int step = 1; step <= 20; ++step) {
          double g = quadratic::curvature[i] * p;
          decoupled ? p -= o.lr* decay* p : g += decay * p;
          m = o.beta1 * m + (1 - o.beta1) * g;
          v = o.beta2 * v + (1 - o.beta2) * g * g;
          largest = amsgrad ? std::max(largest, v) : v;
          const double root = std::sqrt(largest / (1 - std::pow(o.beta2, step)));
          p -= o.lr * (m / (1 - std::pow(o.beta1, step))) / (root + o.eps);
          CHECK(actual[static_cast<std::size_t>(step - 1)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
        }
      }
    }
}

TEST_CASE("adam: goes on from its state to the same bits, with amsgrad too") {
  CHECK(quadratic::names_of_state<optim::Adam<double>>({.lr = 0.1, .weight_decay = 0.1}, {}) ==
        "0.exp_avg 0.exp_avg_sq 0.step beta1 beta2 eps lr weight_decay ");
  CHECK(quadratic::names_of_state<optim::AdamW<double>>({.lr = 0.1, .amsgrad = true}, {.amsgrad = true}) ==
        "0.exp_avg 0.exp_avg_sq 0.max_exp_avg_sq 0.step beta1 beta2 eps lr weight_decay ");
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
