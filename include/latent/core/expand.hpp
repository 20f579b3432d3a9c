#pragma once

#include <span>

#include "latent/core/broadcast.hpp"

namespace latent {

namespace detail {

/// The shape that `sizes` stand for, where -1 keeps one of x's.
inline Shape expanded_shape(const Shape& x, std::span<const Index> sizes) {
  const Index added = std::ssize(sizes) - x.rank();
  check<ShapeError>(added >= 0, "expand: ", sizes.size(), " sizes given for shape ", x);
  Shape result;
  for (Index axis = 0; axis < std::ssize(sizes); ++axis) {
    const Index size = sizes[static_cast<std::size_t>(axis)];
    const Index own = axis < added ? 1 : x[axis - added];
    check<ShapeError>(size == -1 ? axis >= added : size == own || own == 1, "expand: size ", size, " of axis ", axis,
                      " is not possible for shape ", x);
    result.append(size == -1 ? own : size, "expand");
  }
  return result;
}

}  // namespace detail

/// x repeated along axes of size 1 and new ones in front, to these sizes; -1 keeps a size. The elements are copied.
/// ShapeError for another size of an axis that has more or fewer than one, and for -1 of a new axis. As
/// torch.Tensor.expand.
template <class T>
Tensor<T> expand(const Tensor<T>& x, std::span<const Index> sizes) {
  const Shape shape = detail::expanded_shape(x.shape(), sizes);
  return shape == x.shape() ? x
                            : detail::broadcast_to<T>(
                                  shape, [](T v) { return v; }, x);
}

template <class T>
Tensor<T> expand(const Tensor<T>& x, std::initializer_list<Index> sizes) {
  return expand(x, std::span<const Index>(sizes.begin(), sizes.size()));
}

}  // namespace latent
