#pragma once

#include "../reference.hpp"

// A function to minimise: f(p) = sum of curvature_i p_i^2 / 2.

namespace quadratic {

constexpr std::array curvature{1.0, 2.0, 4.0}, start{1.0, -2.0, 0.5};

/// Takes `steps` steps and returns p after each.
template <class Optimizer, class Options>
std::vector<latent::Tensor<double>> path(const Options& options, int steps) {
  using namespace latent;
  const Variable<double> p(Tensor<double>({3}, start), true), c(Tensor<double>({3}, curvature));
  Optimizer optimizer(std::vector{p}, options);
  std::vector<Tensor<double>> result;
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    sum(c * square(p) * 0.5).backward();
    optimizer.step();
    result.push_back(p.value());
  }
  return result;
}

}  // namespace quadratic
