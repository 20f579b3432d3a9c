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

/// Pixels that a whole register of the channels of one may reach beyond it.
template <class T>
Index pixels_beyond(Index channels) {
  return channels > 0 ? (lanes<T> - 1) / channels : 0;
}

/// Calls f(image, line) for lines [first, last) of all images.
template <class F>
void each_line_of_image(Index first, Index last, Index lines, F f) {
  Index n = first / lines, i = first % lines;
  for (; first < last; ++first) {
    f(n, i);
    if (++i == lines) {
      i = 0;
      ++n;
    }
  }
}

/// The largest of what was met, and its pixel; -1 for none.
template <class T>
struct Largest {
  Vector<T> value;
  IntegerVector<T> pixel;

  __attribute__((always_inline)) void meet(const Vector<T>& v, const IntegerVector<T>& at) {
    const IntegerVector<T> takes = (v > value) | (v != v);
    value = takes ? v : value;
    pixel = takes ? at : pixel;
  }
  /// The largest of relu(x), from none of those where its derivative is 0.
  __attribute__((always_inline)) void rectify() {
    const IntegerVector<T> negative = value <= T(0);
    value = negative ? Vector<T>{} : value;
    pixel |= negative;
  }
};

/// The taps of a window that lie on the image, and the pixels from one to the next.
struct PoolWindow {
  Index rows, columns, down, right;

  bool empty() const { return rows <= 0 || columns <= 0; }
};

/// The largest of a window of any shape, whose first tap is `pixel` of the image x, in `count` lanes.
template <class T, class Count>
__attribute__((always_inline)) inline Largest<T> largest_of_window(const PoolWindow& window, Index pixel, const T* x,
                                                                   Index channels, Count count) {
  const auto first = static_cast<IntegerOf<T>>(window.empty() ? -1 : pixel);
  Largest<T> best{Vector<T>{} - std::numeric_limits<T>::infinity(), IntegerVector<T>{} + first};
  for (Index i = 0; i < window.rows; ++i, pixel += window.down) {
    IntegerVector<T> here = IntegerVector<T>{} + static_cast<IntegerOf<T>>(pixel);
    const T* from = x + pixel * channels;
    for (Index j = 0; j < window.columns; ++j, from += window.right * channels) {
      best.meet(load(from, count), here);
      here += static_cast<IntegerOf<T>>(window.right);
    }
  }
  return best;
}

/// The same for two neighbours and those below, the commonest window, without loops.
template <class T>
__attribute__((always_inline)) inline Largest<T> largest_of_four(Index down, Index pixel, const T* x, Index channels) {
  const T *const upper = x + pixel * channels, *const lower = upper + down * channels;
  const IntegerVector<T> first{}, third = first + static_cast<IntegerOf<T>>(down);
  Largest<T> best{load(upper), first}, below{load(lower), third};
  best.meet(load(upper + channels), first + 1);
  below.meet(load(lower + channels), third + 1);
  best.meet(below.value, below.pixel);
  best.pixel += static_cast<IntegerOf<T>>(pixel);
  return best;
}

/// A part of a line of results: `count` windows, the first of which begins at `pixel`, each `step` pixels on. Registers
/// are whole: the last of a pixel's channels ends where they end; if there are fewer than it has lanes, what is behind
/// them belongs to the next pixel, whose turn is later.
template <bool OfRelu, class T>
[[gnu::noinline]] void largest_of_whole_windows(Index count, const PoolWindow window, Index pixel, Index step,
                                                Index channels, const T* x, T* y, std::int32_t* index) {
  const auto each = [=](auto largest) __attribute__((always_inline)) {
    const Index last = std::max<Index>(channels - lanes<T>, 0);
    T* to = y;
    std::int32_t* place = index;
    for (Index j = 0, at = pixel; j < count; ++j, at += step, to += channels, place += channels)
      for (Index c = 0; c < channels; c += lanes<T>) {
        const Index from = std::min(c, last);
        Largest<T> best = largest(at, x + from);
        if (OfRelu && !window.empty()) best.rectify();
        store(to + from, best.value);
        store_indices<T>(place + from, best.pixel, lanes<T>);
      }
  };
  if (window.rows == 2 && window.columns == 2 && window.right == 1)
    each([=](Index at, const T* from) { return largest_of_four(window.down, at, from, channels); });
  else
    each([=](Index at, const T* from) {
      return largest_of_window(window, at, from, channels, std::integral_constant<Index, lanes<T>>{});
    });
}

/// One window, in registers that end where the channels end.
template <bool OfRelu, class T>
[[gnu::noinline]] void largest_of_one_window(const PoolWindow window, Index pixel, Index channels, const T* x, T* y,
                                             std::int32_t* index) {
  for (Index c = 0; c < channels; c += lanes<T>) {
    const Index count = std::min(lanes<T>, channels - c);
    auto best = largest_of_window(window, pixel, x + c, channels, count);
    if (OfRelu && !window.empty()) best.rectify();
    store(y + c, best.value, count);
    store_indices<T>(index + c, best.pixel, count);
  }
}

/// Lines of dx: line h of image n, in a task that writes elements before `end`. Registers are whole, as above, but
/// where they would reach beyond what may be written or read.
template <class T>
struct PoolGradient {
  MaxPool2dSizes s;
  const T* dy;
  const std::int32_t* index;
  T* dx;

  /// Where windows lie side by side and fill the image, so that each pixel is in one.
  void of_tiles(Index n, Index h, Index end) const {
    const Index channels = s.c, last_channels = std::max<Index>(channels - lanes<T>, 0);
    const Index line = (n * s.oh + h / s.kh) * s.ow * channels;
    const std::int32_t* const places = index + line;
    const T* const from = dy + line;
    T* const to = dx + (n * s.h + h) * s.w * channels;
    const auto windows =
        [ =, row = h * s.w ](Index first, Index last, auto kw, auto count) __attribute__((always_inline)) {
      for (Index j = first; j < last; ++j)
        for (Index c = 0; c < channels; c += lanes<T>) {
          const Index at = std::min(c, last_channels) + j * channels;
          const auto pixel = static_cast<IntegerOf<T>>(row + j * kw);
          const IntegerVector<T> where = load_indices<T>(places + at, count) - pixel;
          const Vector<T> upstream = load(from + at, count);
          T* const out = to + at + j * (kw - 1) * channels;
          for (Index k = 0; k < kw; ++k)
            store(out + k * channels, where == static_cast<IntegerOf<T>>(k) ? upstream : Vector<T>{}, count);
        }
    };
    const Index whole = s.ow - (fits(n, h, h / s.kh + 1, end) ? 0 : std::min(pixels_beyond<T>(channels), s.ow));
    const std::integral_constant<Index, lanes<T>> all;
    if (s.kw == 2)
      windows(0, whole, std::integral_constant<Index, 2>{}, all);
    else
      windows(0, whole, s.kw, all);
    windows(whole, s.ow, s.kw, std::min(channels, lanes<T>));
  }

  /// Where a pixel may be in several windows, or in none.
  void of_windows(Index n, Index h, Index end, bool adds) const {
    const Index channels = s.c, width = s.w, step = s.ow * channels;
    Index top = 0, bottom = 0, left = 0, right = 0;
    meeting(h, s.kh, s.stride_h, s.padding_h, s.dilation_h, s.oh, top, bottom);
    const std::int32_t* const places = index + (n * s.oh + top) * step;
    const T* const from = dy + (n * s.oh + top) * step;
    T* const to = dx + (n * s.h + h) * width * channels;
    const auto gradient = [ =, rows = bottom - top ](Index at, Index first, Index columns, const IntegerVector<T>& here,
                                                     Vector<T> d, auto count) __attribute__((always_inline)) {
      for (Index i = 0, row = first * channels + at; i < rows; ++i, row += step)
        for (Index j = 0, window = row; j < columns; ++j, window += channels)
          d += load_indices<T>(places + window, count) == here ? load(from + window, count) : Vector<T>{};
      return d;
    };
    const Index last = std::max<Index>(channels - lanes<T>, 0);
    const bool whole = !adds && fits(n, h, bottom, end);
    for (Index w = 0; w < width; ++w) {
      meeting(w, s.kw, s.stride_w, s.padding_w, s.dilation_w, s.ow, left, right);
      const IntegerVector<T> here = IntegerVector<T>{} + static_cast<IntegerOf<T>>(h * width + w);
      for (Index c = 0; c < channels; c += lanes<T>) {
        if (whole) {
          const Index at = std::min(c, last);
          store(to + w * channels + at,
                gradient(at, left, right - left, here, Vector<T>{}, std::integral_constant<Index, lanes<T>>{}));
        } else {
          const Index count = std::min(lanes<T>, channels - c);
          T* const out = to + w * channels + c;
          store(out, gradient(c, left, right - left, here, adds ? load(out, count) : Vector<T>{}, count), count);
        }
      }
    }
  }

 private:
  /// Whether whole registers of the windows of lines before `bottom` may be read, and those of line h be written.
  bool fits(Index n, Index h, Index bottom, Index end) const {
    return s.c >= lanes<T> || ((n * s.h + h + 1) * s.w * s.c + lanes<T> <= end &&
                               (n * s.oh + bottom) * s.ow * s.c + lanes<T> <= s.n * s.oh * s.ow * s.c);
  }

  /// Moves on to the windows [first, last) that reach from before `at` to behind it.
  static void meeting(Index at, Index kernel, Index stride, Index padding, Index dilation, Index windows, Index& first,
                      Index& last) {
    while (last < windows && last * stride - padding <= at) ++last;
    while (first < last && first * stride - padding + (kernel - 1) * dilation < at) ++first;
  }
};

}  // namespace detail

/// y = the largest of each window, index = where it stands in its image: row * W + column. Of equals the first
/// counts; NaN is larger than everything. A dilated window without any tap on the image gives -infinity and -1.
/// With std::true_type, of relu(x) instead, and index = -1 where y is 0.
template <class T, bool OfRelu = false>
void max_pool2d(const MaxPool2dSizes& s, const T* x, T* y, std::int32_t* index, std::bool_constant<OfRelu> = {}) {
  const Index channels = s.c, pixels = s.h * s.w;
  // Windows [inside, outside) of a line have no column beside the image.
  const Index inside = std::min((s.padding_w + s.stride_w - 1) / s.stride_w, s.ow);
  const Index room = s.w + s.padding_w - (s.kw - 1) * s.dilation_w;
  const Index outside = std::clamp((room + s.stride_w - 1) / s.stride_w, inside, s.ow);
  // Line i of the results of image n, of which those before `end` are written by the same task.
  const auto line = [=](Index n, Index i, Index end) {
    const Index image = n * pixels, top = i * s.stride_h - s.padding_h;
    const detail::TapRange rows(top, s.kh, s.dilation_h, s.h);
    const Index first_row = top + rows.first * s.dilation_h, below = std::min(top + s.kh * s.dilation_h, s.h);
    const T* const from = x + image * channels;
    const Index to = (n * s.oh + i) * s.ow * channels;
    const auto edge = [&](Index j) {
      const Index left = j * s.stride_w - s.padding_w;
      const detail::TapRange columns(left, s.kw, s.dilation_w, s.w);
      const detail::PoolWindow window{rows.last - rows.first, columns.last - columns.first, s.dilation_h * s.w,
                                      s.dilation_w};
      detail::largest_of_one_window<OfRelu>(window, first_row * s.w + left + columns.first * s.dilation_w, channels,
                                            from, y + to + j * channels, index + to + j * channels);
    };
    const bool whole =
        channels >= lanes<T> || ((image + below * s.w) * channels + lanes<T> <= s.n * pixels * channels &&
                                 to + s.ow * channels + lanes<T> <= end);
    const Index last = whole ? outside : std::max(outside - detail::pixels_beyond<T>(channels), inside);
    for (Index j = 0; j < inside; ++j) edge(j);
    const detail::PoolWindow window{rows.last - rows.first, s.kw, s.dilation_h * s.w, s.dilation_w};
    detail::largest_of_whole_windows<OfRelu>(last - inside, window, first_row * s.w + inside * s.stride_w - s.padding_w,
                                             s.stride_w, channels, from, y + to + inside * channels,
                                             index + to + inside * channels);
    for (Index j = last; j < s.ow; ++j) edge(j);
  };
  const Index lines = std::max<Index>(1, 4096 / std::max<Index>(s.ow * s.c, 1));
  parallel_pieces(s.n * s.oh, lines, static_cast<double>(s.ow * s.c * s.kh * s.kw), [&](Index first, Index last) {
    detail::each_line_of_image(first, last, s.oh, [&](Index n, Index i) { line(n, i, last * s.ow * channels); });
  });
}

/// dx = or += dy where index stands, and = or += 0 elsewhere.
template <class T>
void max_pool2d_backward(const MaxPool2dSizes& s, const T* dy, const std::int32_t* index, const Target<T>& dx) {
  const bool adds = dx.mode == WriteMode::accumulate;
  const bool tiles = s.oh * s.kh == s.h && s.ow * s.kw == s.w && s.stride_h == s.kh && s.stride_w == s.kw &&
                     s.padding_h == 0 && s.padding_w == 0 && s.dilation_h == 1 && s.dilation_w == 1;
  const detail::PoolGradient<T> gradient{s, dy, index, dx.data};
  const Index width = s.w * s.c;
  parallel_pieces(s.n * s.h, std::max<Index>(1, 4096 / std::max<Index>(width, 1)), static_cast<double>(width) * 4,
                  [&](Index first, Index last) {
                    detail::each_line_of_image(first, last, s.h, [&](Index n, Index h) {
                      if (tiles && !adds)
                        gradient.of_tiles(n, h, last * width);
                      else
                        gradient.of_windows(n, h, last * width, adds);
                    });
                  });
}

}  // namespace latent::kernels
