#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

TEST_CASE("adagrad: follows its formula step by step") {
  const optim::AdagradOptions o{
      .lr = 0.1, .lr_decay = 0.05, .weight_decay = 0.1, .initial_accumulator_value = 0.2, .eps = 1e-3};
  const auto actual = quadratic::path<optim::Adagrad<double>>(o, 20);
  for (std::size_t i = 0; i < 3; ++i) {
    double p = quadratic::start[i], sum = 0.2;
    for (int step = 0; step < 20; ++step) {
      const double g = quadratic::curvature[i] * p + 0.1 * p;
      sum += g * g;
      p -= 0.1 / (1 + step * 0.05) * g / (std::sqrt(sum) + 1e-3);
      CHECK(actual[static_cast<std::size_t>(step)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
    }
  }
}

TEST_CASE("adagrad: goes on from its state to the same bits") {
  CHECK(quadratic::names_of_state<optim::Adagrad<double>>({.lr = 0.1, .lr_decay = 0.1}, {}) ==
        "0.step 0.sum eps initial_accumulator_value lr lr_decay weight_decay ");
}

TEST_CASE("adagrad: options out of their range are refused") {
  const std::vector parameters{Variable<float>(Tensor<float>({1}), true)};
  CHECK(message_of<ValueError>([&] { optim::Adagrad(parameters, {.lr_decay = -1}); }) ==
        "Adagrad: all options must be at least 0 and finite, got lr 0.01, lr_decay -1, weight_decay 0, "
        "initial_accumulator_value 0, eps 1e-10");
  CHECK_THROWS_AS(optim::Adagrad(parameters, {.eps = 1e-60}), ValueError);
}
