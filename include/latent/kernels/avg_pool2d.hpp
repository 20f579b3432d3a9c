#pragma once

#include <algorithm>

#include "latent/kernels/resample2d.hpp"

/// Averages of windows.
namespace latent::kernels {

/// x [N, H, W, C] -> y [N, OH, OW, C]; every window meets the image.
struct AvgPool2dSizes {
  Index n, h, w, c;
  Index oh, ow;
  Index kh, kw;
  Index stride_h, stride_w;
  Index padding_h = 0, padding_w = 0;
  bool count_include_pad = true;  ///< zeros of the padding count in the average
  Index divisor_override = 0;     ///< 0 stands for the number of pixels
};

/// The same for OH x OW windows that cover the image, as evenly as whole pixels can.
struct AdaptiveAvgPool2dSizes {
  Index n, h, w, c;
  Index oh, ow;
};

namespace detail {

/// The windows of one direction; padding counts as zeros up to `padding` behind the end, or not at all.
template <class T>
Resampling<T> pool_windows(Index size, Index places, Index kernel, Index stride, Index padding, bool count_pad) {
  Resampling<T> result(size, places, std::min(kernel, size));
  for (Index i = 0; i < places; ++i) {
    const Index begin = i * stride - padding, end = std::min(begin + kernel, size + padding);
    const Index first = std::max<Index>(begin, 0), last = std::min(end, size);
    for (Index k = first; k < last; ++k) result.add_tap(k, T(1));
    result.finish_output(static_cast<T>(count_pad ? end - begin : last - first));
  }
  return result;
}

/// Window i reaches from floor(i size / places) to ceil((i + 1) size / places).
template <class T>
Resampling<T> adaptive_windows(Index size, Index places) {
  Resampling<T> result(size, places, size / std::max<Index>(places, 1) + 2);
  for (Index i = 0; i < places; ++i) {
    const Index first = i * size / places, last = ((i + 1) * size + places - 1) / places;
    for (Index k = first; k < last; ++k) result.add_tap(k, T(1));
    result.finish_output(static_cast<T>(last - first));
  }
  return result;
}

/// Calls f with the windows of rows and columns.
template <class T, class F>
void with_windows(const AvgPool2dSizes& s, F f) {
  auto rows = pool_windows<T>(s.h, s.oh, s.kh, s.stride_h, s.padding_h, s.count_include_pad);
  auto columns = pool_windows<T>(s.w, s.ow, s.kw, s.stride_w, s.padding_w, s.count_include_pad);
  if (s.divisor_override != 0) {
    rows.set_divisor(static_cast<T>(s.divisor_override));
    columns.set_divisor(1);
  }
  f(rows, columns);
}
template <class T, class F>
void with_windows(const AdaptiveAvgPool2dSizes& s, F f) {
  f(adaptive_windows<T>(s.h, s.oh), adaptive_windows<T>(s.w, s.ow));
}

}  // namespace detail

/// y = the average of each window.
template <class T, class Sizes>
void avg_pool2d(const Sizes& s, const T* x, T* y) {
  detail::with_windows<T>(
      s, [&](const Resampling<T>& rows, const Resampling<T>& columns) { resample2d(s.n, s.c, rows, columns, x, {y}); });
}

/// dx = or += the part of dy of all windows that a pixel is in.
template <class T, class Sizes>
void avg_pool2d_backward(const Sizes& s, const T* dy, const Target<T>& dx) {
  detail::with_windows<T>(s, [&](const Resampling<T>& rows, const Resampling<T>& columns) {
    resample2d(s.n, s.c, rows.transposed(), columns.transposed(), dy, dx);
  });
}

}  // namespace latent::kernels
