#pragma once

// Inputs and options of operations on images and sequences.

#include "drawing.hpp"

namespace fuzz::detail {

/// Options: kernel, stride, padding, dilation, each in one direction or in both.
inline void draw_window(Drawing& d, Item& item, Index most_kernel, Index axes) {
  const Index ranges[][2]{{1, most_kernel}, {1, 3}, {0, 2}, {1, 2}};
  for (const auto& [least, most] : ranges) {
    const Index first = d.index(least, most);
    item.options.push_back(first);
    if (axes == 2) item.options.push_back(d.chance(60) ? first : d.index(least, most));
  }
}

/// Options: in, out, a window, groups, activation, and the padding's mode, or the output's padding if it is transposed.
inline void draw_convolution(Drawing& d, Item& item, bool transposed, Index axes) {
  const std::size_t x = d.operand(2 + axes), directions = static_cast<std::size_t>(axes);
  const Index in = d.shape_of(x).size(-1);
  Indices divisors;
  for (Index i = 1; i <= in; ++i)
    if (in % i == 0 && i <= 8) divisors.push_back(i);
  const Index groups = divisors.empty() || d.chance(50) ? 1 : d.one_of(divisors);
  const Index out = groups * (groups == 1 ? std::max<Index>(d.size(), 1) : d.index(1, 3));
  item.options = {in, out};
  draw_window(d, item, d.shape_of(x).numel() > 300 ? 2 : 4, axes);
  Shape weight = transposed ? Shape{in, out / groups} : Shape{out, in / groups};
  const auto option = [&](std::size_t which, std::size_t direction) -> Index& {
    return item.options[2 + which * directions + direction];
  };
  for (std::size_t direction = 0; direction < directions; ++direction) {
    weight.append(option(0, direction));
    if (transposed || !d.chance(15)) continue;
    option(2, direction) = latent::nn::same;
    if (d.chance(90)) option(1, direction) = 1;
  }
  item.options.push_back(groups);
  item.options.push_back(d.index(0, 3));
  if (transposed) {
    for (std::size_t direction = 0; direction < directions; ++direction)
      item.options.push_back(d.index(0, std::max(option(1, direction), option(3, direction)) - 1));
  } else {
    item.options.push_back(d.chance(50) ? 0 : d.index(1, 3));
  }
  item.inputs = {x, d.leaf(weight), d.maybe(60, {out})};
}

/// Options: a window, and whether a last one may reach beyond the end.
inline void draw_max_pool(Drawing& d, Item& item, Index axes) {
  const std::size_t directions = static_cast<std::size_t>(axes);
  item.inputs = {d.operand(2 + axes)};
  draw_window(d, item, 4, axes);
  for (std::size_t i = 0; i < directions; ++i) {
    if (d.chance(20)) item.options[directions + i] = 0;
    Index& padding = item.options[2 * directions + i];
    padding = std::min(padding, item.options[i] / 2);
  }
  item.options.push_back(d.index(0, 1));
}

/// The same for averages, which have no dilation, but count the padding or not, and of images also their divisor.
inline void draw_avg_pool(Drawing& d, Item& item, Index axes) {
  draw_max_pool(d, item, axes);
  item.options.erase(item.options.begin() + 3 * axes, item.options.begin() + 4 * axes);
  item.options.push_back(d.index(0, 1));
  if (axes == 2) item.options.push_back(d.chance(70) ? 0 : d.index(1, 5));
}

inline void draw_adaptive_avg_pool(Drawing& d, Item& item) {
  item.inputs = {d.operand(4)};
  item.options = {d.index(1, 7), d.index(1, 7)};
}

/// Options: bilinear, align_corners, whether quarters of a factor follow or sizes, and these.
inline void draw_upsample(Drawing& d, Item& item) {
  item.inputs = {d.operand(4)};
  const Index bilinear = d.index(0, 1), by_factor = d.index(0, 1), most = by_factor ? 10 : 7;
  item.options = {bilinear, bilinear && d.chance(50), by_factor, d.index(1, most), d.index(1, most)};
}

}  // namespace fuzz::detail
