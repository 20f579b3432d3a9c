#pragma once

#include <cmath>

#include "latent/autograd/variable.hpp"
#include "latent/core/random.hpp"

namespace latent {

namespace detail {

/// ShapeError unless the bias of an operation is absent or [Out].
template <Scalar T>
void check_bias(const char* operation, const Variable<T>& bias, Index out) {
  if (bias)
    check<ShapeError>(bias.shape() == Shape{out}, operation, ": bias ", bias.shape(), " does not fit, expected [", out,
                      "]");
}

}  // namespace detail

namespace nn {

/// A parameter with elements uniform in +-1 / sqrt(fan_in), PyTorch's default for Linear, the convolutions (kaiming
/// uniform with a = sqrt(5) comes to the same) and, with the hidden size for fan_in, recurrent layers.
template <Scalar T>
[[gnu::cold, gnu::noinline]] Variable<T> uniform_parameter(const Shape& shape, Index fan_in, Rng& rng) {
  const T bound = T(1) / std::sqrt(static_cast<T>(fan_in));
  return Variable<T>(rng.uniform<T>(shape, -bound, bound), true);
}

}  // namespace nn
}  // namespace latent
