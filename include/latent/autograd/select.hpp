#pragma once

#include "latent/autograd/shaping.hpp"

namespace latent {

namespace detail {

/// The shape of one place of an axis; ShapeError if there is none.
constexpr Shape selected_shape(const char* operation, const Shape& x, Index axis, Index index) {
  const Index along = x.normalize_axis(axis, operation);
  check<ShapeError>(-x[along] <= index && index < x[along], operation, ": index ", index, " is not within axis ", along,
                    " of shape ", x);
  return x.without(along);
}

}  // namespace detail

/// y = x at one place of an axis, which disappears; axis and index count from the end if they are negative. ShapeError
/// for an axis or a place that does not exist. As torch.select.
template <Scalar T>
Variable<T> select(const Variable<T>& x, Index axis, Index index) {
  const Shape shape = detail::selected_shape("select", x.shape(), axis, index);
  const Index along = x.shape().normalize_axis(axis), place = index < 0 ? index + x.shape()[along] : index;
  return reshape(slice(x, along, place, place + 1), shape);
}

}  // namespace latent
