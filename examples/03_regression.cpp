// Regression: a small network learns a sine from noisy points, and draws what it has learned.

#include <cmath>
#include <iostream>
#include <latent/latent.hpp>
#include <numbers>
#include <string>
using namespace latent;

int main() {
  // 200 points of one period, each off by a tenth or so.
  constexpr Index points = 200;
  Rng rng(1);
  const Tensor<float> x = rng.uniform<float>({points, 1}, -1, 1);
  Tensor<float> y = rng.normal<float>({points, 1}, 0, 0.1f);
  for (Index i = 0; i < points; ++i) y(i, 0) += std::sin(std::numbers::pi_v<float> * x(i, 0));

  // Layers one behind the other; their weights are drawn from rng, so that every run is the same.
  const nn::Sequential model{nn::Linear({.in = 1, .out = 32}, rng), nn::Tanh{},   // [N, 1] -> [N, 32]
                             nn::Linear({.in = 32, .out = 32}, rng), nn::Tanh{},  // [N, 32]
                             nn::Linear({.in = 32, .out = 1}, rng)};              // [N, 1]
  std::cout << nn::parameter_count(model) << " parameters\n";

  // The loop that trains every network: forward, loss, backward, step.
  optim::Adam optimizer(nn::parameters(model), {.lr = 0.01});
  for (int step = 0; step <= 500; ++step) {
    const Variable<float> loss = mse_loss(model(Variable<float>(x)), Variable<float>(y));
    if (step % 100 == 0) std::cout << "step " << step << ": loss " << loss.item() << '\n';
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }

  // What it makes of 21 places that it has not seen. No gradient is wanted, so none is recorded.
  const NoGrad no_grad;
  Tensor<float> places({21, 1});
  for (Index i = 0; i < 21; ++i) places(i, 0) = -1 + 0.1f * static_cast<float>(i);
  const Tensor<float> curve = model(Variable<float>(places)).value();
  float worst = 0;
  for (Index i = 0; i < 21; ++i) {
    const float value = curve(i, 0);
    worst = std::max(worst, std::abs(value - std::sin(std::numbers::pi_v<float> * places(i, 0))));
    std::cout << std::string(static_cast<std::size_t>(30 + std::lround(28 * value)), ' ') << "*\n";
  }
  std::cout << "at most " << worst << " from the sine, learned from points that scatter around it by 0.1\n";
}
