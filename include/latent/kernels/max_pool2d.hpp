#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "latent/kernels/parallel.hpp"
#include "latent/kernels/simd.hpp"

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

  TapRange(Index begin, Index kernel, Index dilation, Index size)
      : first(begin < 0 ? (-begin + dilation - 1) / dilation : 0),
        last(std::min(kernel, (size - begin + dilation - 1) / dilation)) {}
};

template <class T>
struct IndicesOf {
  typedef std::int32_t type __attribute__((vector_size(lanes<T> * sizeof(std::int32_t))));
};

/// Numbers of pixels are kept as 32 bits; comparisons of T need them as wide as T.
template <class T>
IntegerVector<T> load_indices(const std::int32_t* from, Index count) {
  typename IndicesOf<T>::type kept{};
  if (count == lanes<T>) [[likely]] {
    std::memcpy(&kept, from, sizeof kept);
  } else {
    std::memcpy(&kept, from, static_cast<std::size_t>(count) * sizeof(std::int32_t));
  }
  return __builtin_convertvector(kept, IntegerVector<T>);
}

template <class T>
void store_indices(std::int32_t* to, const IntegerVector<T>& indices, Index count) {
  const auto kept = __builtin_convertvector(indices, typename IndicesOf<T>::type);
  if (count == lanes<T>) [[likely]] {
    std::memcpy(to, &kept, sizeof kept);
  } else {
    std::memcpy(to, &kept, static_cast<std::size_t>(count) * sizeof(std::int32_t));
  }
}

/// Calls f(tap range of rows, tap range of columns, pixel of the first tap) for the windows of one line of results.
template <class F>
void each_window(const MaxPool2dSizes& s, Index i, F f) {
  const Index top = i * s.stride_h - s.padding_h;
  const TapRange rows(top, s.kh, s.dilation_h, s.h);
  for (Index j = 0; j < s.ow; ++j) {
    const Index left = j * s.stride_w - s.padding_w;
    f(j, rows, TapRange(left, s.kw, s.dilation_w, s.w), top * s.w + left);
  }
}

}  // namespace detail

/// y = the largest of each window, index = where it stands in its image: row * W + column. Of equals the first
/// counts; NaN is larger than everything. A dilated window without any tap on the image gives -infinity and -1.
template <class T>
void max_pool2d(const MaxPool2dSizes& s, const T* x, T* y, std::int32_t* index) {
  using detail::TapRange;
  const auto line = [&](Index row) {
    const T* const image = x + row / s.oh * s.h * s.w * s.c;
    detail::each_window(s, row % s.oh, [&](Index j, const TapRange& rows, const TapRange& columns, Index begin) {
      const bool some = rows.first < rows.last && columns.first < columns.last;
      const Index first = begin + rows.first * s.dilation_h * s.w + columns.first * s.dilation_w;
      for (Index c = 0; c < s.c; c += lanes<T>) {
        const Index count = std::min(lanes<T>, s.c - c);
        Vector<T> best = some ? load(image + first * s.c + c, count) : Vector<T>{} - std::numeric_limits<T>::infinity();
        IntegerVector<T> where = IntegerVector<T>{} + static_cast<IntegerOf<T>>(some ? first : -1);
        for (Index kh = rows.first; kh < rows.last; ++kh) {
          Index pixel = begin + kh * s.dilation_h * s.w + columns.first * s.dilation_w;
          for (Index kw = columns.first; kw < columns.last; ++kw, pixel += s.dilation_w) {
            const Vector<T> value = load(image + pixel * s.c + c, count);
            const auto larger = (value > best) | (value != value);
            best = larger ? value : best;
            where = larger ? IntegerVector<T>{} + static_cast<IntegerOf<T>>(pixel) : where;
          }
        }
        const Index at = (row * s.ow + j) * s.c + c;
        store(y + at, best, count);
        detail::store_indices<T>(index + at, where, count);
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
void max_pool2d_backward(const MaxPool2dSizes& s, const T* dy, const std::int32_t* index, Into into, T* dx) {
  using detail::TapRange;
  // Windows side by side that fill the image write every pixel once.
  const bool tiles = s.oh * s.kh == s.h && s.ow * s.kw == s.w && s.stride_h == s.kh && s.stride_w == s.kw &&
                     s.padding_h == 0 && s.padding_w == 0 && s.dilation_h == 1 && s.dilation_w == 1;
  const bool adds = into == Into::accumulate || !tiles;
  parallel_for(s.n, static_cast<double>(s.h * s.w * s.c) * 4, [&](Index n) {
    T* const image = dx + n * s.h * s.w * s.c;
    if (into == Into::overwrite && !tiles) std::fill_n(image, s.h * s.w * s.c, T(0));
    for (Index i = 0; i < s.oh; ++i)
      detail::each_window(s, i, [&](Index j, const TapRange& rows, const TapRange& columns, Index begin) {
        const Index at = ((n * s.oh + i) * s.ow + j) * s.c;
        for (Index c = 0; c < s.c; c += lanes<T>) {
          const Index count = std::min(lanes<T>, s.c - c);
          const Vector<T> upstream = load(dy + at + c, count);
          const IntegerVector<T> where = detail::load_indices<T>(index + at + c, count);
          for (Index kh = rows.first; kh < rows.last; ++kh) {
            Index pixel = begin + kh * s.dilation_h * s.w + columns.first * s.dilation_w;
            for (Index kw = columns.first; kw < columns.last; ++kw, pixel += s.dilation_w) {
              T* const to = image + pixel * s.c + c;
              Vector<T> d = where == static_cast<IntegerOf<T>>(pixel) ? upstream : Vector<T>{};
              if (adds) d += load(to, count);
              store(to, d, count);
            }
          }
        }
      });
  });
}

}  // namespace latent::kernels
