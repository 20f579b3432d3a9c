#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/core/expand.hpp"

namespace latent {

/// y = x repeated along axes of size 1 and new ones in front, to these sizes; -1 keeps a size. ShapeError for another
/// size of an axis that has more or fewer than one, and for -1 of a new axis. As torch.Tensor.expand.
template <Scalar T>
Variable<T> expand(const Variable<T>& x, std::span<const Index> sizes) {
  return Variable<T>::result("expand", expand(x.value(), sizes), {x},
                             [x](const Tensor<T>& dy) { detail::pass_back(x, dy); });
}

template <Scalar T>
Variable<T> expand(const Variable<T>& x, std::initializer_list<Index> sizes) {
  return expand(x, std::span<const Index>(sizes.begin(), sizes.size()));
}

}  // namespace latent
