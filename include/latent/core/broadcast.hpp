#pragma once

#include "latent/core/loops.hpp"
#include "latent/core/tensor.hpp"

/// Shapes broadcast as in NumPy and PyTorch: aligned at the last axis, sizes that are 1 or missing repeat.
namespace latent {

/// The shape of a result of operands of shapes a and b; ShapeError if they do not broadcast.
constexpr Shape broadcast_shape(const char* operation, const Shape& a, const Shape& b) {
  const Index rank = a.rank() > b.rank() ? a.rank() : b.rank();
  Shape result;
  for (Index axis = 0; axis < rank; ++axis) {
    const Index from_end = axis - rank;
    const Index left = -from_end <= a.rank() ? a.size(from_end) : 1;
    const Index right = -from_end <= b.rank() ? b.size(from_end) : 1;
    check<ShapeError>(left == right || left == 1 || right == 1, operation, ": shapes ", a, " and ", b,
                      " do not broadcast, sizes ", left, " and ", right, " differ and neither is 1");
    result.append(left == 1 ? right : left, operation);
  }
  return result;
}

namespace detail {

/// Whether an operand of `shape` is repeated along `axis` of the result, or has one element there as well.
inline bool is_repeated(const Shape& shape, const Shape& result, Index axis) {
  const Index own = axis - (result.rank() - shape.rank());
  return own < 0 || shape[own] == 1;
}

/// How far an operand of `shape` moves along `axis` of the result.
inline Index broadcast_stride(const Shape& shape, const Shape& result, Index axis) {
  return is_repeated(shape, result, axis) ? 0 : shape.stride(axis - (result.rank() - shape.rank()));
}

/// y = f(x..), n elements, `stride` apart in y and in each x. Neighbouring ones by themselves, for the compiler makes
/// registers of these.
template <class T, class F, class... In, std::size_t... K>
void map_row(Index n, const std::array<Index, 1 + sizeof...(In)>& stride, F f, std::index_sequence<K...>, T* y,
             const In*... x) {
  if (stride[0] == 1 && ((stride[K + 1] == 1) && ...)) {
    for (Index i = 0; i < n; ++i) y[i] = f(x[i]...);
  } else {
    for (Index i = 0; i < n; ++i) y[i * stride[0]] = f(x[i * stride[K + 1]]...);
  }
}

/// y = f(x..), element by element, of any number of tensors of any types, each repeated to `shape`; y may be one of
/// those that have it.
template <class T, class F, class... In>
void broadcast_into(T* y, const Shape& shape, F f, const Tensor<In>&... x) {
  Loops<1 + sizeof...(In)> loops;
  for (Index axis = 0; axis < shape.rank(); ++axis)
    loops.append(shape[axis], {shape.stride(axis), broadcast_stride(x.shape(), shape, axis)...});
  parallel_rows(loops, 8, [&](const auto& offset, Index count, const auto& stride) {
    [&]<std::size_t... K>(std::index_sequence<K...> all) {
      map_row(count, stride, f, all, y + offset[0], x.data() + offset[K + 1]...);
    }
    (std::index_sequence_for<In...>{});
  });
}

/// The same as a new tensor.
template <class T, class F, class... In>
Tensor<T> broadcast_to(const Shape& shape, F f, const Tensor<In>&... x) {
  auto y = Tensor<T>::uninitialized(shape);
  broadcast_into(y.data(), shape, f, x...);
  return y;
}

}  // namespace detail
}  // namespace latent
