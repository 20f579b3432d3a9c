#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "latent/core/parallel.hpp"
#include "latent/kernels/simd.hpp"
#include "latent/kernels/write_mode.hpp"

namespace latent::kernels {

/// x [N, H, W, C] -> y [N, OH, OW, C]; padding is never the largest.
struct MaxPool2dSizes {
  Index n, h, w, c;
  Index oh, ow;
  Index kh, kw;
  Index stride_h, stride_w;
  Index padding_h = 0, padding_w = 0;
  Index dilation_h = 1, dilation_w = 1;
};

namespace detail {

/// In one dimension: the taps [first, last) of the window that begins at `begin` which lie on one of `size` inputs.
struct TapRange {
  Index first, last;

  TapRange(Index begin, Index kernel, Index dilation, Index size) : first(0), last(kernel) {
    if (begin >= 0 && begin + (kernel - 1) * dilation < size) [[likely]]
      return;
    if (begin < 0) first = (-begin + dilation - 1) / dilation;
    last = std::min(kernel, (size - begin + dilation - 1) / dilation);
  }
};

/// The taps of one window that lie on the image.
struct PoolWindow {
  Index begin;        ///< the pixel of the first tap
  Index down, right;  ///< pixels from one tap to the next
  TapRange rows, columns;
  bool two_by_two;

  bool empty() const { return rows.first >= rows.last || columns.first >= columns.last; }
  Index first() const { return begin + rows.first * down + columns.first * right; }

  /// Calls f(pixel) for each; for the commonest window without a loop.
  template <class F>
  __attribute__((always_inline)) void each(F f) const {
    if (two_by_two) {
      unroll<4>([&](auto tap) __attribute__((always_inline)) { f(begin + tap / 2 * down + tap % 2 * right); });
      return;
    }
    for (Index kh = rows.first; kh < rows.last; ++kh)
      for (Index kw = columns.first; kw < columns.last; ++kw) f(begin + kh * down + kw * right);
  }
};

/// Calls f(j, window) for the windows of line i of the results.
template <class F>
__attribute__((always_inline)) inline void each_window(const MaxPool2dSizes& s, Index i, F f) {
  const Index top = i * s.stride_h - s.padding_h;
  const Index down = s.dilation_h * s.w, right = s.dilation_w, kw = s.kw, w = s.w, step = s.stride_w, count = s.ow;
  const TapRange rows(top, s.kh, s.dilation_h, s.h);
  const bool two_rows = s.kh == 2 && kw == 2 && rows.first == 0 && rows.last == 2;
  Index left = -s.padding_w;
  for (Index j = 0; j < count; ++j, left += step) {
    const TapRange columns(left, kw, right, w);
    f(j, PoolWindow{top * w + left, down, right, rows, columns, two_rows && columns.first == 0 && columns.last == 2});
  }
}

template <class T>
struct IndicesOf {
  typedef std::int32_t type __attribute__((vector_size(lanes<T> * sizeof(std::int32_t))));
};

/// Numbers of pixels are kept as 32 bits; comparisons of T need them as wide as T.
template <class T>
IntegerVector<T> load_indices(const std::int32_t* from, Index count) {
  typename IndicesOf<T>::type kept;
  std::int32_t part[lanes<T>] = {};
  if (count < lanes<T>) {
    copy_part<T>(from, part, count);
    from = part;
  }
  std::memcpy(&kept, from, sizeof kept);
  return __builtin_convertvector(kept, IntegerVector<T>);
}

template <class T>
void store_indices(std::int32_t* to, const IntegerVector<T>& indices, Index count) {
  const auto kept = __builtin_convertvector(indices, typename IndicesOf<T>::type);
  if (count == lanes<T>) [[likely]] {
    std::memcpy(to, &kept, sizeof kept);
  } else {
    std::int32_t part[lanes<T>];
    std::memcpy(part, &kept, sizeof kept);
    copy_part<T>(part, to, count);
  }
}

}  // namespace detail

/// y = the largest of each window, index = where it stands in its image: row * W + column. Of equals the first
/// counts; NaN is larger than everything. A dilated window without any tap on the image gives -infinity and -1.
template <class T>
void max_pool2d(const MaxPool2dSizes& s, const T* x, T* y, std::int32_t* index) {
  const Index channels = s.c;
  const auto line = [&](Index row) {
    const T* const image = x + row / s.oh * s.h * s.w * channels;
    T* const to = y + row * s.ow * channels;
    std::int32_t* const places = index + row * s.ow * channels;
    detail::each_window(
        s, row % s.oh, [=](Index j, const detail::PoolWindow& window) __attribute__((always_inline)) {
          for (Index c = 0; c < channels; c += lanes<T>) {
            const Index count = std::min(lanes<T>, channels - c);
            Vector<T> best = Vector<T>{} - std::numeric_limits<T>::infinity();
            IntegerVector<T> where = IntegerVector<T>{} - 1;
            if (!window.empty()) {
              best = load(image + window.first() * channels + c, count);
              where = IntegerVector<T>{} + static_cast<IntegerOf<T>>(window.first());
            }
            window.each([&](Index pixel) __attribute__((always_inline)) {
              const Vector<T> value = load(image + pixel * channels + c, count);
              const IntegerVector<T> here = IntegerVector<T>{} + static_cast<IntegerOf<T>>(pixel);
              where = value > best ? here : where;
              best = value > best ? value : best;
              where = value != value ? here : where;
              best = value != value ? value : best;
            });
            store(to + j * channels + c, best, count);
            detail::store_indices<T>(places + j * channels + c, where, count);
          }
        });
  };
  const Index lines = std::max<Index>(1, 4096 / std::max<Index>(s.ow * s.c, 1));
  parallel_pieces(s.n * s.oh, lines, static_cast<double>(s.ow * s.c * s.kh * s.kw), [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) line(row);
  });
}

/// dx = or += dy where index stands, and = or += 0 elsewhere.
template <class T>
void max_pool2d_backward(const MaxPool2dSizes& s, const T* dy, const std::int32_t* index, const Target<T>& dx) {
  // Windows side by side that fill the image write every pixel once.
  const bool tiles = s.oh * s.kh == s.h && s.ow * s.kw == s.w && s.stride_h == s.kh && s.stride_w == s.kw &&
                     s.padding_h == 0 && s.padding_w == 0 && s.dilation_h == 1 && s.dilation_w == 1;
  const bool adds = dx.mode == WriteMode::accumulate || !tiles;
  const Index channels = s.c;
  const Index pixels = s.h * s.w;
  parallel_for(s.n, static_cast<double>(pixels * channels) * 4, [&](Index n) {
    T* const image = dx.data + n * pixels * channels;
    if (dx.mode == WriteMode::overwrite && !tiles) std::fill_n(image, pixels * channels, T(0));
    for (Index i = 0; i < s.oh; ++i) {
      const T* const from = dy + (n * s.oh + i) * s.ow * channels;
      const std::int32_t* const places = index + (n * s.oh + i) * s.ow * channels;
      detail::each_window(
          s, i, [=](Index j, const detail::PoolWindow& window) __attribute__((always_inline)) {
            for (Index c = 0; c < channels; c += lanes<T>) {
              const Index count = std::min(lanes<T>, channels - c);
              const Vector<T> upstream = load(from + j * channels + c, count);
              const IntegerVector<T> where = detail::load_indices<T>(places + j * channels + c, count);
              window.each([&](Index pixel) __attribute__((always_inline)) {
                T* const to = image + pixel * channels + c;
                Vector<T> d = where == static_cast<IntegerOf<T>>(pixel) ? upstream : Vector<T>{};
                if (adds) d += load(to, count);
                store(to, d, count);
              });
            }
          });
    }
  });
}

}  // namespace latent::kernels
