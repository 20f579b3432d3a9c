#pragma once

#include "latent/nn/avg_pool2d.hpp"

namespace latent {

namespace nn {

/// ValueError for a kernel below 1, a negative stride, or a padding of more than half the kernel.
struct AvgPool1dOptions {
  Index kernel = 0;
  Index stride = 0;               ///< 0 stands for the kernel's size, windows side by side
  Index padding = 0;              ///< zeros on each side, at most half the kernel
  bool ceil_mode = false;         ///< a last window may reach beyond the end
  bool count_include_pad = true;  ///< the zeros of the padding count in the average

  constexpr void check_values() const { check_pool("AvgPool1d", kernel, stride, padding); }
  /// [N, T, C] -> [N, OT, C], OT = (T + 2 padding - kernel) / stride + 1, rounded down or by ceil_mode up
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 3 && x[1] >= 1, "AvgPool1d: x ", x,
                      " does not fit, expected x [N, T, C], T at least 1");
    check_sequence("AvgPool1d", x);
    const Index t = window_places(x[1], kernel, used_stride(kernel, stride).w, padding, 1, ceil_mode);
    check<ShapeError>(t >= 1, "AvgPool1d: x ", x, " is shorter than kernel ", kernel, " with padding ", padding);
    return {x[0], t, x[2]};
  }
  /// Sizes for the kernel, from the shapes of x and y: those of images of one line.
  constexpr kernels::AvgPool2dSizes sizes(const Shape& x, const Shape& y) const {
    const AvgPool2dOptions line{
        .kernel = {1, kernel}, .stride = {1, stride}, .padding = {0, padding}, .count_include_pad = count_include_pad};
    return line.sizes({x[0], 1, x[1], x[2]}, {y[0], 1, y[1], y[2]});
  }
};

}  // namespace nn

/// y[n, i, c] = sum over k of x[n, i stride + k - padding, c] / the number of these steps
/// x [N, T, C] -> y [N, OT, C]. ShapeError if the shapes do not fit. As torch.nn.functional.avg_pool1d.
template <Scalar T>
Variable<T> avg_pool1d(const Variable<T>& x, const nn::AvgPool1dOptions& options) {
  const Shape shape = options.output_shape(x.shape());
  return detail::avg_pool("avg_pool1d", options.sizes(x.shape(), shape), shape, x);
}

namespace nn {

/// The average of each window, x [N, T, C] -> y [N, OT, C]. As torch.nn.AvgPool1d.
struct AvgPool1d {
  AvgPool1dOptions options;

  explicit constexpr AvgPool1d(const AvgPool1dOptions& o) : options(o) { options.check_values(); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return avg_pool1d(x, options);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }
};

}  // namespace nn
}  // namespace latent
