#pragma once

#include "latent/autograd/axis.hpp"
#include "latent/autograd/variable.hpp"
#include "latent/kernels/cumsum.hpp"

namespace latent {

/// y_i = x_0 + .. + x_i along an axis, x's shape. ShapeError for an axis that does not exist. As torch.cumsum.
template <Scalar T>
Variable<T> cumsum(const Variable<T>& x, Index axis) {
  using kernels::Direction;
  const detail::AlongAxis sizes = detail::along_axis("cumsum", x.shape(), axis);
  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::cumsum<T>(sizes.outer, sizes.n, sizes.inner, x.value().data(), {y.data()}, Direction::forward);
  return Variable<T>::result("cumsum", std::move(y), {x}, [x, sizes](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target())
      kernels::cumsum(sizes.outer, sizes.n, sizes.inner, dy.data(), dx, Direction::backward);
  });
}

}  // namespace latent
