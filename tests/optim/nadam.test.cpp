#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

TEST_CASE("nadam: follows its formula step by step, with either kind of weight decay") {
  for (const bool decoupled : {false, true}) {
    const optim::NAdamOptions o{.lr = 0.05,
                                .beta1 = 0.8,
                                .beta2 = 0.95,
                                .eps = 1e-6,
                                .weight_decay = 0.1,
                                .momentum_decay = 0.01,
                                .decoupled_weight_decay = decoupled};
    const auto actual = quadratic::path<optim::NAdam<double>>(o, 20);
    const auto mu = [](int step) { return 0.8 * (1 - 0.5 * std::pow(0.96, step * 0.01)); };
    for (std::size_t i = 0; i < 3; ++i) {
      double p = quadratic::start[i], m = 0, v = 0, product = 1;
      for (int step = 1; step <= 20; ++step) {
        double g = quadratic::curvature[i] * p;
        if (decoupled)
          p *= 1 - 0.05 * 0.1;
        else
          g += 0.1 * p;
        m = 0.8 * m + 0.2 * g;
        v = 0.95 * v + 0.05 * g * g;
        product *= mu(step);
        const double root = std::sqrt(v / (1 - std::pow(0.95, step))) + 1e-6;
        p -= 0.05 * (1 - mu(step)) / (1 - product) * g / root;
        p -= 0.05 * mu(step + 1) / (1 - product * mu(step + 1)) * m / root;
        CHECK(actual[static_cast<std::size_t>(step - 1)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("nadam: goes on from its state to the same bits") {
  CHECK(quadratic::names_of_state<optim::NAdam<double>>({.lr = 0.1, .decoupled_weight_decay = true}, {}) ==
        "0.exp_avg 0.exp_avg_sq 0.mu_product 0.step beta1 beta2 decoupled_weight_decay eps lr momentum_decay "
        "weight_decay ");
}

TEST_CASE("nadam: options out of their range are refused") {
  const std::vector parameters{Variable<float>(Tensor<float>({1}), true)};
  CHECK(message_of<ValueError>([&] { optim::NAdam(parameters, {.momentum_decay = -1}); }) ==
        "NAdam: momentum_decay must be at least 0 and finite, got -1");
  CHECK(message_of<ValueError>([&] { optim::NAdam(parameters, {.beta1 = 1}); }) ==
        "NAdam: lr, eps and weight_decay must be at least 0 and finite, and the betas in [0, 1), got lr 0.002, eps "
        "1e-08, weight_decay 0, betas 1 and 0.999");
  CHECK_THROWS_AS(optim::NAdam(parameters, {.eps = 1e-60}), ValueError);
}
