#pragma once

#include "latent/autograd/functions.hpp"

namespace latent {

/// y = x where x > 0, else negative_slope x. As torch.nn.functional.leaky_relu.
template <Scalar T>
Variable<T> leaky_relu(const Variable<T>& x, double negative_slope = 0.01) {
  const auto slope = static_cast<T>(negative_slope);
  return elementwise(
      "leaky_relu", x, [slope](const auto& v) { return v > T(0) ? v : v * slope; },
      [slope](const auto& dy, const auto& v, const auto&) { return v > T(0) ? dy : dy * slope; });
}

namespace nn {

/// Of LeakyReLU.
struct LeakyReLUOptions {
  double negative_slope = 0.01;  ///< below 0
};

/// x where x > 0, else negative_slope x, any shape. Maas et al., "Rectifier nonlinearities improve neural network
/// acoustic models", 2013. As torch.nn.LeakyReLU.
struct LeakyReLU {
  LeakyReLUOptions options;

  explicit constexpr LeakyReLU(const LeakyReLUOptions& o = {}) : options(o) {}

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return leaky_relu(x, options.negative_slope);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace nn
}  // namespace latent
