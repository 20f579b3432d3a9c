#pragma once

#include <cmath>

#include "latent/autograd/variable.hpp"
#include "latent/core/random.hpp"

namespace latent::nn {

/// A parameter with elements uniform in +-1 / sqrt(fan_in), PyTorch's default for Linear, the convolutions (kaiming
/// uniform with a = sqrt(5) comes to the same) and, with the hidden size for fan_in, LSTM.
template <Scalar T>
Variable<T> uniform_parameter(const Shape& shape, Index fan_in, Rng& rng) {
  const T bound = T(1) / std::sqrt(static_cast<T>(fan_in));
  return Variable<T>(rng.uniform<T>(shape, -bound, bound), true);
}

}  // namespace latent::nn
