#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

// The paper's program 1: update = interp(g, m, beta1), m = interp(g, m, beta2), update = sign(update) + wd w, w -= lr
// update.
TEST_CASE("lion: follows the paper's program step by step") {
  const optim::LionOptions o{.lr = 0.125, .beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.1};
  const auto actual = quadratic::path<optim::Lion<double>>(o, 20);
  bool turned = false;
  for (std::size_t i = 0; i < 3; ++i) {
    double p = quadratic::start[i], m = 0;
    for (std::size_t step = 0; step < 20; ++step) {
      const double g = quadratic::curvature[i] * p;
      const double update = (1 - 0.8) * g + 0.8 * m;
      m = (1 - 0.9) * g + 0.9 * m;
      p -= 0.125 * ((update > 0 ? 1 : -1) + 0.1 * p);
      CHECK(actual[step](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
      turned = turned || update * quadratic::start[i] < 0;
    }
  }
  CHECK(turned);  // both signs were seen
}

TEST_CASE("lion: two steps by hand") {
  const Variable<double> p(Tensor<double>({2}, {1, 1}), true);
  optim::Lion<double> optimizer({p}, {.lr = 0.5, .beta1 = 0.9, .beta2 = 0.5});
  for (const double g : {4.0, -2.0}) {  // the second direction of 0.9 2 - 0.1 2 is still positive
    optimizer.zero_grad();
    p.pass_grad(Tensor<double>({2}, {g, 0}));
    optimizer.step();
  }
  CHECK(p.value()(0) == 0);
  CHECK(p.value()(1) == 1);
}

TEST_CASE("lion: goes on from its state to the same bits") {
  CHECK(quadratic::names_of_state<optim::Lion<double>>({.lr = 0.1, .beta1 = 0.8}, {}) ==
        "0.exp_avg beta1 beta2 lr weight_decay ");
}

TEST_CASE("lion: options out of their range are refused") {
  const std::vector parameters{Variable<float>(Tensor<float>({1}), true)};
  CHECK(message_of<ValueError>([&] { optim::Lion(parameters, {.beta2 = 1}); }) ==
        "Lion: lr and weight_decay must be at least 0 and finite, and the betas in [0, 1), got lr 0.0001, weight_decay "
        "0, betas 0.9 and 1");
}
