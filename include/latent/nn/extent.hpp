#pragma once

#include <string>

#include "latent/core/shape.hpp"

namespace latent::nn {

/// A size in both directions of an image: `.kernel = 3`, or `.kernel = {3, 5}` for height and width.
struct Extent {
  Index h, w;

  constexpr Extent(Index both) : h(both), w(both) {}
  constexpr Extent(Index height, Index width) : h(height), w(width) {}

  constexpr Index least() const { return h < w ? h : w; }

  /// "3", or "{3, 5}".
  friend void append_to(std::string& text, const Extent& e) {
    const std::string height = std::to_string(e.h);
    text += e.h == e.w ? height : '{' + height + ", " + std::to_string(e.w) + '}';
  }
};

/// Up to here sums and products of two sizes are far from overflow.
inline constexpr Index most_extent = Index{1} << 30;

/// ValueError if an option of a layer is larger.
constexpr void check_extent(const char* layer, const char* option, const Extent& e) {
  check<ValueError>(e.h <= most_extent && e.w <= most_extent, layer, ": ", option, " must be at most ", most_extent,
                    ", got ", e);
}

/// ShapeError if images x [N, H, W, C] of a layer are larger.
constexpr void check_image(const char* layer, const Shape& x) {
  check<ShapeError>(x[1] <= most_extent && x[2] <= most_extent, layer, ": H and W must be at most ", most_extent,
                    ", got x ", x);
}

/// ShapeError if an image of a layer is too large for memory, its padding counted.
constexpr void check_padded(const char* layer, Index h, Index w, Index c) {
  Shape padded;
  for (const Index size : {h, w, c}) padded.append(size, layer);
}

/// Places that a window of `kernel` taps, `dilation` apart, has along `size` pixels with `padding` on both sides, each
/// `stride` from the next: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, or 0 if it does not fit.
constexpr Index window_places(Index size, Index kernel, Index stride, Index padding, Index dilation) {
  const Index room = size + 2 * padding - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

}  // namespace latent::nn
