#pragma once

#include "latent/nn/max_pool2d.hpp"

namespace latent {

namespace nn {

/// ValueError for sizes below 1, a negative stride, or a padding of more than half the kernel.
struct MaxPool1dOptions {
  Index kernel = 0;
  Index stride = 0;   ///< 0 stands for the kernel's size, windows side by side
  Index padding = 0;  ///< at most half the kernel; never the largest
  Index dilation = 1;
  bool ceil_mode = false;  ///< a last window may reach beyond the end

  constexpr void check_values() const { check_max_pool("MaxPool1d", kernel, stride, padding, dilation); }
  /// [N, T, C] -> [N, OT, C], OT = (T + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down or by
  /// ceil_mode up
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 3, "MaxPool1d: x ", x, " does not fit, expected x [N, T, C]");
    check_sequence("MaxPool1d", x);
    const Index t = window_places(x[1], kernel, used_stride(kernel, stride).w, padding, dilation, ceil_mode);
    check<ShapeError>(t >= 1, "MaxPool1d: x ", x, " is shorter than kernel ", kernel, " with dilation ", dilation,
                      " and padding ", padding);
    return {x[0], t, x[2]};
  }
  /// Sizes for the kernel, from the shapes of x and y: those of images of one line.
  constexpr kernels::MaxPool2dSizes sizes(const Shape& x, const Shape& y) const {
    const MaxPool2dOptions line{
        .kernel = {1, kernel}, .stride = {1, stride}, .padding = {0, padding}, .dilation = {1, dilation}};
    return line.sizes({x[0], 1, x[1], x[2]}, {y[0], 1, y[1], y[2]});
  }
};

}  // namespace nn

/// y[n, i, c] = max over k of x[n, i stride + k dilation - padding, c]
/// x [N, T, C] -> y and indices [N, OT, C]; the first of equals counts, NaN is larger than everything.
/// ShapeError if the shapes do not fit. As torch.nn.functional.max_pool1d with return_indices.
template <Scalar T>
MaxPoolResult<T> max_pool1d_with_indices(const Variable<T>& x, const nn::MaxPool1dOptions& options) {
  const Shape shape = options.output_shape(x.shape());
  return detail::max_pool("max_pool1d", options.sizes(x.shape(), shape), shape, x);
}

/// The same without the places.
template <Scalar T>
Variable<T> max_pool1d(const Variable<T>& x, const nn::MaxPool1dOptions& options) {
  return max_pool1d_with_indices(x, options).output;
}

namespace nn {

/// The largest of each window, x [N, T, C] -> y [N, OT, C]. As torch.nn.MaxPool1d.
struct MaxPool1d {
  MaxPool1dOptions options;

  explicit constexpr MaxPool1d(const MaxPool1dOptions& o) : options(o) { options.check_values(); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return max_pool1d(x, options);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }
};

}  // namespace nn
}  // namespace latent
