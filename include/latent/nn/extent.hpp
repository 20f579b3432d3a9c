#pragma once

#include <ostream>

#include "latent/core/shape.hpp"

namespace latent::nn {

/// A size in both directions of an image: `.kernel = 3`, or `.kernel = {3, 5}` for height and width.
struct Extent {
  Index h, w;

  constexpr Extent(Index both) : h(both), w(both) {}
  constexpr Extent(Index height, Index width) : h(height), w(width) {}

  constexpr Index least() const { return h < w ? h : w; }

  friend std::ostream& operator<<(std::ostream& out, const Extent& e) {
    return e.h == e.w ? out << e.h : out << '{' << e.h << ", " << e.w << '}';
  }
};

}  // namespace latent::nn
