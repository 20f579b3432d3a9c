#pragma once

#include <algorithm>

#include "latent/core/parallel.hpp"
#include "latent/kernels/write_mode.hpp"

/// Elements before and behind those of an axis, or fewer of them.
namespace latent::kernels {

/// What stands there, for an axis 1 2 3: `constant` 0 0 | 1 2 3 | 0 0, which convolutions call `zeros`, `reflect`
/// 3 2 | 1 2 3 | 2 1, `replicate` 1 1 | 1 2 3 | 3 3, `circular` 2 3 | 1 2 3 | 1 2.
enum class PadMode { constant, zeros = constant, reflect, replicate, circular };

/// x [Outer, Size, Inner] -> y [Outer, before + Size + after, Inner]; negative numbers cut off.
struct PadSizes {
  Index outer, size, inner;  ///< before, of and behind the axis
  Index before, after;       ///< elements to add
  PadMode mode;              ///< what they are

  /// Size of the axis of y.
  Index padded() const { return before + size + after; }

  /// The element of the axis that element j of the result is a copy of; none if that is not in [0, size).
  Index source(Index j) const {
    const Index i = j - before;
    if (0 <= i && i < size) return i;
    switch (mode) {
      case PadMode::reflect: return i < 0 ? -i : 2 * (size - 1) - i;
      case PadMode::replicate: return i < 0 ? 0 : size - 1;
      case PadMode::circular: return i < 0 ? i + size : i - size;
      default: return -1;
    }
  }
};

namespace detail {

/// Calls f(o, first, count, source) for the elements [first, first + count) of all padded axes, of which one or, from
/// the axis itself, many at a time are copies of those from `source` on. Axes are shared by threads.
template <class F>
void each_padded_run(const PadSizes& s, F f) {
  const Index elements = std::max<Index>(std::max(s.size, s.padded()) * s.inner, 1);
  const Index piece = std::max<Index>(4096 / elements, 1);
  parallel_pieces(s.outer, piece, 8 * static_cast<double>(elements), [&](Index begin, Index end) {
    for (Index o = begin; o < end; ++o)
      for (Index j = 0; j < s.padded();) {
        const Index own = j - s.before;
        const bool inside = 0 <= own && own < s.size;
        const Index count = inside ? std::min(s.size - own, s.padded() - j) : 1;
        f(o, j, count, s.source(j));
        j += count;
      }
  });
}

}  // namespace detail

/// y = x with what its mode puts around it, or `value`.
template <class T>
void pad(const PadSizes& s, const T* x, T value, T* y) {
  detail::each_padded_run(s, [&](Index o, Index first, Index count, Index source) {
    T* const to = y + (o * s.padded() + first) * s.inner;
    if (source < 0) {
      std::fill_n(to, count * s.inner, value);
    } else {
      std::copy_n(x + (o * s.size + source) * s.inner, count * s.inner, to);
    }
  });
}

/// dx += the parts of dy that are copies of each element.
template <class T>
void pad_backward(const PadSizes& s, const T* dy, T* dx) {
  detail::each_padded_run(s, [&](Index o, Index first, Index count, Index source) {
    if (source < 0) return;
    const T* const from = dy + (o * s.padded() + first) * s.inner;
    T* const to = dx + (o * s.size + source) * s.inner;
    for (Index k = 0; k < count * s.inner; ++k) to[k] += from[k];
  });
}

}  // namespace latent::kernels
