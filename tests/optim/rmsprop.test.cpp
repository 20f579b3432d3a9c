#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

TEST_CASE("rmsprop: follows its formula step by step, centered or not, with and without momentum") {
  for (const bool centered : {false, true})
    for (const double momentum : {0.0, 0.8}) {
      const optim::RMSpropOptions o{
          .lr = 0.02, .alpha = 0.9, .eps = 1e-3, .weight_decay = 0.1, .momentum = momentum, .centered = centered};
      const auto actual = quadratic::path<optim::RMSprop<double>>(o, 20);
      for (std::size_t i = 0; i < 3; ++i) {
        double p = quadratic::start[i], v = 0, a = 0, b = 0;
        for (std::size_t step = 0; step < 20; ++step) {
          const double g = quadratic::curvature[i] * p + 0.1 * p;
          v = 0.9 * v + 0.1 * g * g;
          a = 0.9 * a + 0.1 * g;
          b = momentum * b + g / (std::sqrt(centered ? v - a * a : v) + 1e-3);
          p -= 0.02 * b;
          CHECK(actual[step](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
        }
      }
    }
}

TEST_CASE("rmsprop: goes on from its state to the same bits") {
  using RMSprop = optim::RMSprop<double>;
  CHECK(quadratic::names_of_state<RMSprop>({}, {.momentum = 0.5, .centered = true}) ==
        "0.square_avg alpha centered eps lr momentum weight_decay ");
  CHECK(quadratic::names_of_state<RMSprop>({.alpha = 0.9, .momentum = 0.5, .centered = true}, {.lr = 0.1}) ==
        "0.grad_avg 0.momentum_buffer 0.square_avg alpha centered eps lr momentum weight_decay ");
}

TEST_CASE("rmsprop: options out of their range are refused, at the start and in a later step") {
  const std::vector parameters{Variable<float>(Tensor<float>({1}), true)};
  CHECK(message_of<ValueError>([&] { optim::RMSprop(parameters, {.alpha = 1.5}); }) ==
        "RMSprop: lr, eps, weight_decay and momentum must be at least 0 and finite, and alpha in [0, 1], got lr 0.01, "
        "eps 1e-08, weight_decay 0, momentum 0, alpha 1.5");
  optim::RMSprop optimizer(parameters);
  optimizer.options.momentum = -1;
  CHECK_THROWS_AS(optimizer.step(), ValueError);
  CHECK(message_of<ValueError>([&] { optim::RMSprop(parameters, {.eps = 1e-60}); }) ==
        "RMSprop: eps 1e-60 is 0 in the scalar type of the parameters");
}
