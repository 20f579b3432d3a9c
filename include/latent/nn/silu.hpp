#pragma once

#include "latent/autograd/functions.hpp"

namespace latent {

/// y = x / (1 + exp(-x)), which is x sigmoid(x). As torch.nn.functional.silu.
template <Scalar T>
Variable<T> silu(const Variable<T>& x) {
  return elementwise(
      "silu", x, [](const auto& v) { return v / (T(1) + kernels::exp<T>(-v)); },
      [](const auto& dy, const auto& v, const auto&) {
        const auto sigmoid = T(1) / (T(1) + kernels::exp<T>(-v));
        return dy * sigmoid * (T(1) + v * (T(1) - sigmoid));
      });
}

namespace nn {

/// x sigmoid(x), any shape; also called swish. Elfwing et al., "Sigmoid-weighted linear units for neural network
/// function approximation in reinforcement learning", 2018. As torch.nn.SiLU.
struct SiLU {
  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return silu(x);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace nn
}  // namespace latent
