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

inline void draw_equal_pair(Drawing& d, Item& item, std::size_t a) {
  item.inputs = {a, d.chance(5) ? a : d.leaf(d.shape_of(a))};
  if (d.chance(50)) std::swap(item.inputs[0], item.inputs[1]);
}

inline void draw_loss(Drawing& d, Item& item) {
  draw_equal_pair(d, item, d.any_operand());
  item.options = {d.index(0, 1)};
}

/// An axis, counted from the front or the end.
inline Index draw_axis(Drawing& d, const Shape& shape) {
  return shape.rank() ? d.index(-shape.rank(), shape.rank() - 1) : 0;
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

/// Options: in, out, kernel, stride, padding, dilation, each of the four in both directions.
inline void draw_window(Drawing& d, Item& item, Index most_kernel) {
  for (Index most : {most_kernel, Index{3}, Index{2}, Index{2}}) {
    const Index least = most == 2 && std::ssize(item.options) < 8 ? 0 : 1;
    const Index first = d.index(least, most);
    item.options.push_back(first);
    item.options.push_back(d.chance(60) ? first : d.index(least, most));
  }
}

inline void draw_convolution(Drawing& d, Item& item, bool transposed) {
  const std::size_t x = d.operand(4);
  const Index in = d.shape_of(x)[3];
  Indices divisors;
  for (Index i = 1; i <= in; ++i)
    if (in % i == 0 && i <= 8) divisors.push_back(i);
  const Index groups = divisors.empty() || d.chance(50) ? 1 : d.one_of(divisors);
  const Index out = groups * (groups == 1 ? std::max<Index>(d.size(), 1) : d.index(1, 3));
  item.options = {in, out};
  draw_window(d, item, d.shape_of(x).numel() > 300 ? 2 : 4);
  const Index kh = item.options[2], kw = item.options[3];
  item.options.push_back(groups);
  item.options.push_back(d.index(0, 3));
  if (transposed) {
    for (std::size_t direction : {0u, 1u})
      item.options.push_back(d.index(0, std::max(item.options[4 + direction], item.options[8 + direction]) - 1));
  }
  item.inputs = {x, d.leaf(transposed ? Shape{in, out / groups, kh, kw} : Shape{out, in / groups, kh, kw}),
                 d.maybe(60, {out})};
}

inline void draw_max_pool2d(Drawing& d, Item& item) {
  item.inputs = {d.operand(4)};
  draw_window(d, item, 4);
  for (std::size_t i : {2u, 3u})
    if (d.chance(20)) item.options[i] = 0;
  for (std::size_t i : {0u, 1u}) item.options[4 + i] = std::min(item.options[4 + i], item.options[i] / 2);
}

/// Inputs: x, h0, c0, and of each layer weight_ih, weight_hh, bias_ih, bias_hh.
inline void draw_lstm(Drawing& d, Item& item) {
  const std::size_t x = d.operand(3);
  const Shape shape = d.shape_of(x);
  const Index hidden = d.index(1, 9), layers = d.chance(70) ? 1 : 2;
  item.inputs = {x, d.maybe(50, {layers, shape[0], hidden}), d.maybe(50, {layers, shape[0], hidden})};
  for (Index layer = 0; layer < layers; ++layer) {
    item.inputs.push_back(d.leaf({4 * hidden, layer ? hidden : shape[2]}));
    item.inputs.push_back(d.leaf({4 * hidden, hidden}));
    item.inputs.push_back(d.maybe(70, {4 * hidden}));
    item.inputs.push_back(d.maybe(70, {4 * hidden}));
  }
  item.options = {shape[2], hidden};
}

}  // namespace detail
}  // namespace fuzz
