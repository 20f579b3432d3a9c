#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/max_pool2d.hpp"
#include "latent/nn/extent.hpp"

namespace latent {

namespace nn {

/// ValueError for sizes below 1, a negative stride, or a padding of more than half the kernel.
struct MaxPool2dOptions {
  Extent kernel = 0;
  Extent stride = 0;   ///< 0 stands for the kernel's size, windows side by side
  Extent padding = 0;  ///< at most half the kernel; never the largest
  Extent dilation = 1;

  constexpr void check_values() const {
    check_extent("MaxPool2d", "kernel", kernel);
    check_extent("MaxPool2d", "stride", stride);
    check_extent("MaxPool2d", "padding", padding);
    check_extent("MaxPool2d", "dilation", dilation);
    check<ValueError>(kernel.least() >= 1 && stride.least() >= 0 && dilation.least() >= 1,
                      "MaxPool2d: kernel and dilation must be at least 1 and stride at least 0, got kernel ", kernel,
                      ", stride ", stride, ", dilation ", dilation);
    check<ValueError>(padding.least() >= 0 && 2 * padding.h <= kernel.h && 2 * padding.w <= kernel.w,
                      "MaxPool2d: padding must be at least 0 and at most half of kernel ", kernel, ", got ", padding);
  }
  /// [N, H, W, C] -> [N, OH, OW, C], OH = (H + 2 padding - dilation (kernel - 1) - 1) / stride + 1, likewise OW
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 4, "MaxPool2d: x ", x, " does not fit, expected x [N, H, W, C]");
    check_image("MaxPool2d", x);
    const Index oh = window_places(x[1], kernel.h, used_stride().h, padding.h, dilation.h);
    const Index ow = window_places(x[2], kernel.w, used_stride().w, padding.w, dilation.w);
    check<ShapeError>(oh >= 1 && ow >= 1, "MaxPool2d: x ", x, " is smaller than kernel ", kernel, " with dilation ",
                      dilation, " and padding ", padding);
    return {x[0], oh, ow, x[3]};
  }
  constexpr Extent used_stride() const { return {stride.h ? stride.h : kernel.h, stride.w ? stride.w : kernel.w}; }
};

}  // namespace nn

/// The largest of each window, and where in its image it stands: row * W + column.
template <Scalar T>
struct MaxPool2dResult {
  Variable<T> output;
  Tensor<std::int32_t> indices;
};

/// y[n, i, j, c] = max over kh, kw of x[n, i stride + kh dilation - padding, .., c]
/// x [N, H, W, C] -> y and indices [N, OH, OW, C]; the first of equals counts, NaN is larger than everything.
/// ShapeError if the shapes do not fit. As torch.nn.functional.max_pool2d with return_indices.
template <Scalar T>
MaxPool2dResult<T> max_pool2d_with_indices(const Variable<T>& x, const nn::MaxPool2dOptions& options) {
  auto y = Tensor<T>::uninitialized(options.output_shape(x.shape()));
  auto indices = Tensor<std::int32_t>::uninitialized(y.shape());
  const Shape& in = x.shape();
  const kernels::MaxPool2dSizes sizes{.n = in[0],
                                      .h = in[1],
                                      .w = in[2],
                                      .c = in[3],
                                      .oh = y.shape()[1],
                                      .ow = y.shape()[2],
                                      .kh = options.kernel.h,
                                      .kw = options.kernel.w,
                                      .stride_h = options.used_stride().h,
                                      .stride_w = options.used_stride().w,
                                      .padding_h = options.padding.h,
                                      .padding_w = options.padding.w,
                                      .dilation_h = options.dilation.h,
                                      .dilation_w = options.dilation.w};
  kernels::max_pool2d(sizes, x.value().data(), y.data(), indices.data());
  auto output = Variable<T>::result("max_pool2d", std::move(y), {x}, [x, indices, sizes](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) kernels::max_pool2d_backward(sizes, dy.data(), indices.data(), dx);
  });
  return {std::move(output), std::move(indices)};
}

template <Scalar T>
Variable<T> max_pool2d(const Variable<T>& x, const nn::MaxPool2dOptions& options) {
  return max_pool2d_with_indices(x, options).output;
}

namespace nn {

/// The largest of each window, x [N, H, W, C] -> y [N, OH, OW, C]. As torch.nn.MaxPool2d.
struct MaxPool2d {
  MaxPool2dOptions options;

  explicit constexpr MaxPool2d(const MaxPool2dOptions& o) : options(o) { options.check_values(); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return max_pool2d(x, options);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }
};

}  // namespace nn
}  // namespace latent
