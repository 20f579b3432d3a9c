#pragma once

#include "latent/autograd/axis.hpp"
#include "latent/autograd/variable.hpp"
#include "latent/kernels/elementwise.hpp"

namespace latent {

namespace detail {

/// y (+)= x with the elements of an axis in the opposite order
template <Scalar T>
void flip(const AlongAxis& sizes, const T* x, const kernels::Target<T>& y) {
  const auto [outer, n, inner] = sizes;
  const Index piece = std::max<Index>(kernels::elementwise_piece / std::max<Index>(n * inner, 1), 1);
  parallel_pieces(outer, piece, 4 * static_cast<double>(n * inner), [&, n = n, inner = inner](Index first, Index last) {
    for (Index i = first * n; i < last * n; ++i) {
      const T* const from = x + (i / n * n + n - 1 - i % n) * inner;
      T* const to = y.data + i * inner;
      if (y.mode == kernels::WriteMode::overwrite) {
        std::copy_n(from, inner, to);
      } else {
        for (Index j = 0; j < inner; ++j) to[j] += from[j];
      }
    }
  });
}

}  // namespace detail

/// y = x with the elements of an axis in the opposite order. ShapeError for an axis that does not exist.
/// As torch.flip.
template <Scalar T>
Variable<T> flip(const Variable<T>& x, Index axis) {
  const detail::AlongAxis sizes = detail::along_axis("flip", x.shape(), axis);
  auto y = Tensor<T>::uninitialized(x.shape());
  detail::flip<T>(sizes, x.value().data(), {y.data()});
  return Variable<T>::result("flip", std::move(y), {x}, [x, sizes](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) detail::flip(sizes, dy.data(), dx);
  });
}

}  // namespace latent
