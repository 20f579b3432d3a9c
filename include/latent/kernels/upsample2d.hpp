#pragma once

#include <algorithm>

#include "latent/kernels/resample2d.hpp"

/// Images of other sizes, by interpolation.
namespace latent::kernels {

/// The nearest pixel, or a mean of the nearest two in each direction, by how near they are.
enum class InterpolationMode { nearest, bilinear };

/// x [N, H, W, C] -> y [N, OH, OW, C]
struct Upsample2dSizes {
  Index n, h, w, c;
  Index oh, ow;
  InterpolationMode mode = InterpolationMode::nearest;
  bool align_corners = false;       ///< the outer pixels of both images lie upon each other, else their edges
  double scale_h = 0, scale_w = 0;  ///< pixels of x from one of y to the next; 0 stands for H / OH, W / OW
};

namespace detail {

/// Where each output of one direction lies between the inputs. What adds nothing is a tap of weight 0 all the same, for
/// infinity times 0 is NaN in PyTorch too.
template <class T>
Resampling<T> interpolation(Index size, Index places, InterpolationMode mode, bool align_corners, double scale) {
  const bool nearest = mode == InterpolationMode::nearest;
  const auto ratio = [](Index a, Index b) { return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : 0; };
  // PyTorch takes no other scale where the size stays, nor where the nearest pixels are taken twice each.
  const bool exact = places == size || (nearest && places == 2 * size);
  const double step = align_corners ? ratio(size - 1, places - 1) : scale > 0 && !exact ? scale : ratio(size, places);
  Resampling<T> result(size, places, nearest ? 1 : 2);
  for (Index i = 0; i < places; ++i) {
    if (nearest) {  // in float, as PyTorch: it decides where a pixel lies exactly between two
      const float at = static_cast<float>(i) * static_cast<float>(step);
      result.add_tap(std::min(static_cast<Index>(at), size - 1), T(1));
    } else {
      const auto place = static_cast<double>(i);
      const double at = std::max(align_corners ? place * step : (place + 0.5) * step - 0.5, 0.0);
      const Index before = std::min(places == size ? i : static_cast<Index>(at), size - 1);
      const double share = places == size ? 0 : std::min(at - static_cast<double>(before), 1.0);
      result.add_tap(before, static_cast<T>(1 - share));
      result.add_tap(places == size ? i : std::min(before + 1, size - 1), static_cast<T>(share));
    }
    result.finish_output();
  }
  return result;
}

/// Calls f with the interpolations of rows and columns.
template <class T, class F>
void with_interpolations(const Upsample2dSizes& s, F f) {
  f(interpolation<T>(s.h, s.oh, s.mode, s.align_corners, s.scale_h),
    interpolation<T>(s.w, s.ow, s.mode, s.align_corners, s.scale_w));
}

}  // namespace detail

/// y = x at OH x OW places.
template <class T>
void upsample2d(const Upsample2dSizes& s, const T* x, T* y) {
  detail::with_interpolations<T>(s, [&](const Resampling<T>& rows, const Resampling<T>& columns) {
    resample2d(s.n, s.c, rows, columns, x, Target<T>{y});
  });
}

/// dx = or += the parts of dy of all places that a pixel is near to.
template <class T>
void upsample2d_backward(const Upsample2dSizes& s, const T* dy, const Target<T>& dx) {
  detail::with_interpolations<T>(s, [&](const Resampling<T>& rows, const Resampling<T>& columns) {
    resample2d(s.n, s.c, rows.transposed(), columns.transposed(), dy, dx);
  });
}

}  // namespace latent::kernels
