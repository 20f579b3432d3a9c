#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/kernels/parallel_rows.hpp"

namespace latent::detail {

/// f(x..), element by element, of any number of tensors of any types, each repeated to `shape`; without gradient.
template <class T, class F, class... In>
Tensor<T> broadcast_to(const Shape& shape, F f, const Tensor<In>&... x) {
  auto y = Tensor<T>::uninitialized(shape);
  kernels::Loops<1 + sizeof...(In)> loops;
  for (Index axis = 0; axis < shape.rank(); ++axis)
    loops.append(shape[axis], {shape.stride(axis), broadcast_stride(x.shape(), shape, axis)...});
  T* const to = y.data();
  kernels::parallel_rows(loops, 8, [&](const auto& offset, Index count, const auto& stride) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      for (Index i = 0; i < count; ++i)
        to[offset[0] + i * stride[0]] = f(x.data()[offset[K + 1] + i * stride[K + 1]]...);
    }
    (std::index_sequence_for<In...>{});
  });
  return y;
}

}  // namespace latent::detail
