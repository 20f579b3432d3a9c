#pragma once

// Inputs and options of each operation, which mostly fit.

#include "drawing.hpp"

namespace fuzz {

namespace detail {

inline void draw_one(Drawing& d, Item& item) { item.inputs = {d.any_operand()}; }

inline void draw_number(Drawing& d, Item& item) {
  draw_one(d, item);
  item.number = d.element();
}

/// A pair that broadcasts, mostly.
inline void draw_pair(Drawing& d, Item& item) {
  const std::size_t a = d.any_operand();
  std::size_t b = a;
  if (d.chance(10)) {
    b = d.any_operand();
  } else if (d.chance(85)) {
    const Shape whole = d.shape_of(a);
    Shape other;
    if (d.chance(10) && whole.rank() < Shape::max_rank) other.append(d.index(1, 3));
    for (Index axis = other.rank() ? 0 : d.index(0, whole.rank()); axis < whole.rank(); ++axis)
      other.append(whole[axis] == 1 ? d.index(1, 4) : d.chance(30) ? 1 : whole[axis]);
    b = d.leaf(other);
  }
  item.inputs = {a, b};
  if (d.chance(50)) std::swap(item.inputs[0], item.inputs[1]);
}

/// A pair that broadcasts, and a condition for its elements.
inline void draw_where(Drawing& d, Item& item) {
  draw_pair(d, item);
  const Shape shape = d.shape_of(item.inputs[static_cast<std::size_t>(d.index(0, 1))]);
  item.inputs.push_back(d.leaf(shape, [](double x) { return std::max(x, 0.0); }));
  item.constants = 1;
}

inline void draw_power(Drawing& d, Item& item) {
  constexpr double exponents[]{-2.5, -2, -1, -0.5, 0, 0.1, 0.5, 1, 1.5, 2, 3};
  draw_one(d, item);
  item.number = d.one_of(exponents);
}

/// Powers of what is mostly not negative.
inline void draw_powers(Drawing& d, Item& item) {
  draw_pair(d, item);
  item.inputs[0] = d.leaf(d.shape_of(item.inputs[0]), [](double x) { return std::abs(x); });
}

/// Two numbers, in halves.
inline void draw_halves(Drawing& d, Item& item) {
  draw_one(d, item);
  item.options = {d.index(-4, 4), d.index(-2, 6)};
}

inline void draw_prelu(Drawing& d, Item& item) {
  draw_one(d, item);
  const Shape& x = d.shape_of(item.inputs[0]);
  item.inputs.push_back(d.leaf({x.rank() && d.chance(70) ? x.size(-1) : 1}));
}

inline void draw_equal_pair(Drawing& d, Item& item, std::size_t a) {
  item.inputs = {a, d.chance(5) ? a : d.leaf(d.shape_of(a))};
  if (d.chance(50)) std::swap(item.inputs[0], item.inputs[1]);
}

/// Options: the reduction.
inline void draw_loss(Drawing& d, Item& item) {
  draw_equal_pair(d, item, d.any_operand());
  item.options = {d.index(0, 2)};
}

/// An axis, counted from the front or the end.
inline Index draw_axis(Drawing& d, const Shape& shape) {
  return shape.rank() ? d.index(-shape.rank(), shape.rank() - 1) : 0;
}

inline void draw_along_axis(Drawing& d, Item& item) {
  draw_one(d, item);
  item.options = {draw_axis(d, d.shape_of(item.inputs[0]))};
}

inline void draw_axis_of_one(Drawing& d, Item& item) {
  draw_one(d, item);
  item.options = {draw_axis(d, d.shape_of(item.inputs[0])), d.index(0, 1)};
}

inline void draw_reshape(Drawing& d, Item& item) {
  draw_one(d, item);
  const Shape& shape = d.shape_of(item.inputs[0]);
  Index rest = shape.numel();
  while (rest > 1 && item.options.size() < 3 && d.chance(70)) {
    Index divisor = d.index(1, 6);
    while (rest % divisor) --divisor;
    item.options.push_back(divisor);
    rest /= divisor;
  }
  if (rest != 1 || item.options.empty() || d.chance(20)) item.options.push_back(rest);
  std::swap(item.options.front(), item.options[static_cast<std::size_t>(d.index(0, std::ssize(item.options) - 1))]);
  if (d.chance(30)) item.options[static_cast<std::size_t>(d.index(0, std::ssize(item.options) - 1))] = -1;
}

inline void draw_permute(Drawing& d, Item& item) {
  draw_one(d, item);
  const Index rank = d.shape_of(item.inputs[0]).rank();
  for (Index axis = 0; axis < rank; ++axis) {
    item.options.push_back(axis);
    std::swap(item.options.back(), item.options[static_cast<std::size_t>(d.index(0, axis))]);
  }
  for (Index& axis : item.options)
    if (d.chance(20)) axis -= rank;
}

inline void draw_transpose(Drawing& d, Item& item) {
  draw_one(d, item);
  const Shape& shape = d.shape_of(item.inputs[0]);
  item.options = {draw_axis(d, shape), draw_axis(d, shape)};
}

inline void draw_slice(Drawing& d, Item& item) {
  draw_one(d, item);
  const Shape& shape = d.shape_of(item.inputs[0]);
  const Index axis = draw_axis(d, shape), n = shape.rank() ? shape.size(axis) : 0, first = d.index(0, n);
  item.options = {axis, first, d.index(first, n)};
}

inline void draw_concat(Drawing& d, Item& item) {
  draw_one(d, item);
  const Shape shape = d.shape_of(item.inputs[0]);
  const Index axis = draw_axis(d, shape);
  item.options = {axis};
  for (Index more = d.index(0, 2); more > 0; --more)
    item.inputs.push_back(d.chance(20) || shape.rank() == 0 ? item.inputs[0] : d.leaf(shape.with(axis, d.index(0, 4))));
}

inline void draw_matmul(Drawing& d, Item& item) {
  const std::size_t a = d.operand(d.index(2, 3));
  const Shape shape = d.shape_of(a);
  item.inputs = {a, d.leaf(shape.rank() == 2 ? Shape{shape[1], d.size()} : Shape{shape[0], shape[2], d.size()})};
}

inline void draw_linear(Drawing& d, Item& item) {
  const std::size_t x = d.operand(d.index(1, 4));
  const Index out = d.size();
  item.inputs = {x, d.leaf({out, d.shape_of(x).size(-1)}), d.maybe(60, {out})};
  item.options = {d.index(0, 3), d.index(0, 1)};
}

inline void draw_unflatten(Drawing& d, Item& item) {
  const Index c = d.index(1, 4), h = d.index(1, 4), w = d.index(1, 4);
  item.inputs = {d.leaf({d.size(), c * h * w})};
  item.options = {c, h, w};
}

}  // namespace detail
}  // namespace fuzz
