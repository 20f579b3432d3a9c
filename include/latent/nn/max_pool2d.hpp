#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/max_pool2d.hpp"
#include "latent/nn/extent.hpp"

namespace latent {

namespace nn {

/// ValueError for what no max pooling of a layer can have: sizes below 1, a negative stride, or a padding of more than
/// half the kernel.
constexpr void check_max_pool(const char* layer, const Extent& kernel, const Extent& stride, const Extent& padding,
                              const Extent& dilation) {
  check_pool(layer, kernel, stride, padding);
  check_extent(layer, "dilation", dilation);
  check<ValueError>(dilation.least() >= 1, layer, ": dilation must be at least 1, got ", dilation);
}

/// ValueError for sizes below 1, a negative stride, or a padding of more than half the kernel.
struct MaxPool2dOptions {
  Extent kernel = 0;
  Extent stride = 0;   ///< 0 stands for the kernel's size, windows side by side
  Extent padding = 0;  ///< at most half the kernel; never the largest
  Extent dilation = 1;
  bool ceil_mode = false;  ///< a last window may reach beyond the end

  constexpr void check_values() const { check_max_pool("MaxPool2d", kernel, stride, padding, dilation); }
  /// [N, H, W, C] -> [N, OH, OW, C], OH = (H + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down
  /// or by ceil_mode up, likewise OW
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 4, "MaxPool2d: x ", x, " does not fit, expected x [N, H, W, C]");
    check_image("MaxPool2d", x);
    const Extent step = used_stride(kernel, stride);
    const Index oh = window_places(x[1], kernel.h, step.h, padding.h, dilation.h, ceil_mode);
    const Index ow = window_places(x[2], kernel.w, step.w, padding.w, dilation.w, ceil_mode);
    check<ShapeError>(oh >= 1 && ow >= 1, "MaxPool2d: x ", x, " is smaller than kernel ", kernel, " with dilation ",
                      dilation, " and padding ", padding);
    return {x[0], oh, ow, x[3]};
  }
  /// Sizes for the kernel, from the shapes of x and y.
  constexpr kernels::MaxPool2dSizes sizes(const Shape& x, const Shape& y) const {
    const Extent step = used_stride(kernel, stride);
    return {.n = x[0],
            .h = x[1],
            .w = x[2],
            .c = x[3],
            .oh = y[1],
            .ow = y[2],
            .kh = kernel.h,
            .kw = kernel.w,
            .stride_h = step.h,
            .stride_w = step.w,
            .padding_h = padding.h,
            .padding_w = padding.w,
            .dilation_h = dilation.h,
            .dilation_w = dilation.w};
  }
};

}  // namespace nn

/// The largest of each window, and where in its image, row * W + column, or sequence it stands.
template <Scalar T>
struct MaxPoolResult {
  Variable<T> output;            ///< differentiable
  Tensor<std::int32_t> indices;  ///< of the same shape
};

namespace detail {

/// The max pooling of `sizes`, whose results have shape `shape`, recorded as `operation`.
template <Scalar T>
MaxPoolResult<T> max_pool(const char* operation, const kernels::MaxPool2dSizes& sizes, const Shape& shape,
                          const Variable<T>& x) {
  auto y = Tensor<T>::uninitialized(shape);
  auto indices = Tensor<std::int32_t>::uninitialized(shape);
  kernels::max_pool2d(sizes, x.value().data(), y.data(), indices.data());
  auto output = Variable<T>::result(operation, std::move(y), {x}, [x, indices, sizes](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) kernels::max_pool2d_backward(sizes, dy.data(), indices.data(), dx);
  });
  return {std::move(output), std::move(indices)};
}

}  // namespace detail

/// y[n, i, j, c] = max over kh, kw of x[n, i stride + kh dilation - padding, .., c]
/// x [N, H, W, C] -> y and indices [N, OH, OW, C]; the first of equals counts, NaN is larger than everything.
/// ShapeError if the shapes do not fit. As torch.nn.functional.max_pool2d with return_indices.
template <Scalar T>
MaxPoolResult<T> max_pool2d_with_indices(const Variable<T>& x, const nn::MaxPool2dOptions& options) {
  const Shape shape = options.output_shape(x.shape());
  return detail::max_pool("max_pool2d", options.sizes(x.shape(), shape), shape, x);
}

/// The same without the places.
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
