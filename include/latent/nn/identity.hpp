#pragma once

#include "latent/autograd/variable.hpp"

namespace latent::nn {

/// x, any shape: where a layer is expected and none is wanted. As torch.nn.Identity.
struct Identity {
  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return x;
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace latent::nn
