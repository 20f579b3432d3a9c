#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "latent/core/memory.hpp"
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

/// In one dimension: the windows that cover each input.
class Covering {
 public:
  Covering(Index size, Index windows, Index kernel, Index stride, Index padding, Index dilation) {
    for (Index i = 0; i < size; ++i) {
      begin_.push_back(std::ssize(windows_));
      for (Index k = 0; k < kernel; ++k) {
        const Index from = i + padding - k * dilation;
        if (from >= 0 && from % stride == 0 && from / stride < windows) windows_.push_back(from / stride);
      }
    }
    begin_.push_back(std::ssize(windows_));
  }

  std::span<const Index> of(Index i) const {
    const Index first = begin_[static_cast<std::size_t>(i)];
    return {windows_.data() + first, static_cast<std::size_t>(begin_[static_cast<std::size_t>(i + 1)] - first)};
  }

 private:
  std::vector<Index, memory::Allocator<Index>> begin_, windows_;
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

/// Lines that a task works on, of so many numbers each.
inline Index pooled_lines(Index line) { return std::max<Index>(1, 4096 / std::max<Index>(line, 1)); }

}  // namespace detail

/// y = the largest of each window, index = where it stands in its image: row * W + column. Of equals the first
/// counts; NaN is larger than everything. A dilated window without any tap on the image gives -infinity and -1.
template <class T>
void max_pool2d(const MaxPool2dSizes& s, const T* x, T* y, std::int32_t* index) {
  const auto line = [&](Index row) {
    const T* image = x + row / s.oh * s.h * s.w * s.c;
    const Index top = row % s.oh * s.stride_h - s.padding_h;
    const detail::TapRange rows(top, s.kh, s.dilation_h, s.h);
    for (Index j = 0; j < s.ow; ++j) {
      const Index left = j * s.stride_w - s.padding_w;
      const detail::TapRange columns(left, s.kw, s.dilation_w, s.w);
      for (Index c = 0; c < s.c; c += lanes<T>) {
        const Index count = std::min(lanes<T>, s.c - c);
        Vector<T> best = Vector<T>{} - std::numeric_limits<T>::infinity();
        IntegerVector<T> where = IntegerVector<T>{} - 1;  // stays so where no tap is on the image
        if (rows.first < rows.last && columns.first < columns.last) {
          const Index first = (top + rows.first * s.dilation_h) * s.w + left + columns.first * s.dilation_w;
          best = load(image + first * s.c + c, count);
          where = IntegerVector<T>{} + static_cast<IntegerOf<T>>(first);
        }
        for (Index kh = rows.first; kh < rows.last; ++kh)
          for (Index kw = columns.first; kw < columns.last; ++kw) {
            const Index pixel = (top + kh * s.dilation_h) * s.w + left + kw * s.dilation_w;
            const Vector<T> value = load(image + pixel * s.c + c, count);
            const auto larger = (value > best) | (value != value);
            best = larger ? value : best;
            where = larger ? IntegerVector<T>{} + static_cast<IntegerOf<T>>(pixel) : where;
          }
        const Index at = (row * s.ow + j) * s.c + c;
        store(y + at, best, count);
        detail::store_indices<T>(index + at, where, count);
      }
    }
  };
  parallel_pieces(s.n * s.oh, detail::pooled_lines(s.ow * s.c), static_cast<double>(s.ow * s.c * s.kh * s.kw),
                  [&](Index first, Index last) {
                    for (Index row = first; row < last; ++row) line(row);
                  });
}

/// dx = or += dy where index stands, and = or += 0 elsewhere. Every input gathers from the windows that cover it.
template <class T>
void max_pool2d_backward(const MaxPool2dSizes& s, const T* dy, const std::int32_t* index, Into into, T* dx) {
  const detail::Covering rows(s.h, s.oh, s.kh, s.stride_h, s.padding_h, s.dilation_h);
  const detail::Covering columns(s.w, s.ow, s.kw, s.stride_w, s.padding_w, s.dilation_w);
  const auto line = [&](Index row) {
    const Index n = row / s.h;
    const Index h = row % s.h;
    for (Index w = 0; w < s.w; ++w) {
      T* const pixel = dx + (row * s.w + w) * s.c;
      const IntegerVector<T> place = IntegerVector<T>{} + static_cast<IntegerOf<T>>(h * s.w + w);
      for (Index c = 0; c < s.c; c += lanes<T>) {
        const Index count = std::min(lanes<T>, s.c - c);
        Vector<T> sum = into == Into::accumulate ? load(pixel + c, count) : Vector<T>{};
        for (const Index i : rows.of(h))
          for (const Index j : columns.of(w)) {
            const Index at = ((n * s.oh + i) * s.ow + j) * s.c + c;
            const auto chosen = detail::load_indices<T>(index + at, count) == place;
            sum += chosen ? load(dy + at, count) : Vector<T>{};
          }
        store(pixel + c, sum, count);
      }
    }
  };
  parallel_pieces(s.n * s.h, detail::pooled_lines(s.w * s.c), static_cast<double>(s.w * s.c) * 4,
                  [&](Index first, Index last) {
                    for (Index row = first; row < last; ++row) line(row);
                  });
}

}  // namespace latent::kernels
