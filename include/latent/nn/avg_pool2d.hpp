#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/avg_pool2d.hpp"
#include "latent/nn/extent.hpp"

namespace latent {

namespace nn {

/// ValueError for a kernel below 1, a negative stride, or a padding of more than half the kernel.
struct AvgPool2dOptions {
  Extent kernel = 0;
  Extent stride = 0;              ///< 0 stands for the kernel's size, windows side by side
  Extent padding = 0;             ///< zeros on each side, at most half the kernel
  bool ceil_mode = false;         ///< a last window may reach beyond the end
  bool count_include_pad = true;  ///< the zeros of the padding count in the average
  Index divisor_override = 0;     ///< what sums are divided by; 0 stands for the number of pixels

  constexpr void check_values() const { check_pool("AvgPool2d", kernel, stride, padding); }
  /// [N, H, W, C] -> [N, OH, OW, C], OH = (H + 2 padding - kernel) / stride + 1, rounded down or by ceil_mode up,
  /// likewise OW
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 4 && x[1] >= 1 && x[2] >= 1, "AvgPool2d: x ", x,
                      " does not fit, expected x [N, H, W, C], H and W at least 1");
    check_image("AvgPool2d", x);
    const Extent step = used_stride(kernel, stride);
    const Index oh = window_places(x[1], kernel.h, step.h, padding.h, 1, ceil_mode);
    const Index ow = window_places(x[2], kernel.w, step.w, padding.w, 1, ceil_mode);
    check<ShapeError>(oh >= 1 && ow >= 1, "AvgPool2d: x ", x, " is smaller than kernel ", kernel, " with padding ",
                      padding);
    return {x[0], oh, ow, x[3]};
  }
  /// Sizes for the kernel, from the shapes of x and y.
  constexpr kernels::AvgPool2dSizes sizes(const Shape& x, const Shape& y) const {
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
            .count_include_pad = count_include_pad,
            .divisor_override = divisor_override};
  }
};

}  // namespace nn

namespace detail {

/// The averages of `sizes`, whose result has shape `shape`, recorded as `operation`.
template <Scalar T, class Sizes>
Variable<T> avg_pool(const char* operation, const Sizes& sizes, const Shape& shape, const Variable<T>& x) {
  auto y = Tensor<T>::uninitialized(shape);
  kernels::avg_pool2d(sizes, x.value().data(), y.data());
  return Variable<T>::result(operation, std::move(y), {x}, [x, sizes](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) kernels::avg_pool2d_backward(sizes, dy.data(), dx);
  });
}

}  // namespace detail

/// y[n, i, j, c] = sum over kh, kw of x[n, i stride + kh - padding, .., c] / the number of these pixels
/// x [N, H, W, C] -> y [N, OH, OW, C]. ShapeError if the shapes do not fit. As torch.nn.functional.avg_pool2d.
template <Scalar T>
Variable<T> avg_pool2d(const Variable<T>& x, const nn::AvgPool2dOptions& options) {
  const Shape shape = options.output_shape(x.shape());
  return detail::avg_pool("avg_pool2d", options.sizes(x.shape(), shape), shape, x);
}

namespace nn {

/// The average of each window, x [N, H, W, C] -> y [N, OH, OW, C]. As torch.nn.AvgPool2d.
struct AvgPool2d {
  AvgPool2dOptions options;

  explicit constexpr AvgPool2d(const AvgPool2dOptions& o) : options(o) { options.check_values(); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return avg_pool2d(x, options);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }
};

}  // namespace nn
}  // namespace latent
