#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

TEST_CASE("radam: follows its formula step by step, before and after the variance is known") {
  for (const bool decoupled : {false, true}) {
    const optim::RAdamOptions o{
        .lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.1, .decoupled_weight_decay = decoupled};
    const auto actual = quadratic::path<optim::RAdam<double>>(o, 20);
    for (std::size_t i = 0; i < 3; ++i) {
      double p = quadratic::start[i], m = 0, v = 0;
      int rectified = 0;
      for (int step = 1; step <= 20; ++step) {
        double g = quadratic::curvature[i] * p;
        if (decoupled)
          p *= 1 - 0.05 * 0.1;
        else
          g += 0.1 * p;
        m = 0.8 * m + 0.2 * g;
        v = 0.95 * v + 0.05 * g * g;
        const double r = 2 / 0.05 - 1, correction = 1 - std::pow(0.95, step);
        const double length = r - 2 * step * std::pow(0.95, step) / correction;
        double change = m / (1 - std::pow(0.8, step));
        if (length > 5) {
          change *= std::sqrt((length - 4) * (length - 2) * r / ((r - 4) * (r - 2) * length));
          change *= std::sqrt(correction) / (std::sqrt(v) + 1e-6);
          ++rectified;
        }
        p -= 0.05 * change;
        CHECK(actual[static_cast<std::size_t>(step - 1)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
      }
      CHECK(rectified > 5);
      CHECK(rectified < 18);
    }
  }
}

TEST_CASE("radam: goes on from its state to the same bits") {
  CHECK(
      quadratic::names_of_state<optim::RAdam<double>>({.lr = 0.1, .beta2 = 0.9, .decoupled_weight_decay = true}, {}) ==
      "0.exp_avg 0.exp_avg_sq 0.step beta1 beta2 decoupled_weight_decay eps lr weight_decay ");
}

TEST_CASE("radam: options out of their range are refused") {
  const std::vector parameters{Variable<float>(Tensor<float>({1}), true)};
  CHECK(message_of<ValueError>([&] { optim::RAdam(parameters, {.beta2 = 1}); }) ==
        "RAdam: lr, eps and weight_decay must be at least 0 and finite, and the betas in [0, 1), got lr 0.001, eps "
        "1e-08, weight_decay 0, betas 0.9 and 1");
  CHECK_THROWS_AS(optim::RAdam(parameters, {.eps = 1e-60}), ValueError);
}
