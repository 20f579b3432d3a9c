#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/conv2d_backward.hpp"
#include "latent/nn/activation.hpp"
#include "latent/nn/extent.hpp"
#include "latent/nn/init.hpp"

namespace latent {

namespace nn {

/// ValueError for sizes below 1, negative padding, an output_padding that the stride or dilation does not exceed, or
/// groups that do not divide both numbers of channels.
struct ConvTranspose2dOptions {
  Index in = 0;   ///< channels
  Index out = 0;  ///< channels
  Extent kernel = 0;
  Extent stride = 1;
  Extent padding = 0;         ///< rows and columns cut off each side of the result
  Extent output_padding = 0;  ///< rows and columns added at its lower and right end
  Extent dilation = 1;
  Index groups = 1;
  bool bias = true;

  constexpr void check_values() const {
    check_transposed("ConvTranspose2d", in, out, kernel, stride, padding, output_padding, dilation, groups);
  }
  /// [N, H, W, In] -> [N, OH, OW, Out], OH = (H - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 4 && x[3] == in && x[1] >= 1 && x[2] >= 1, "ConvTranspose2d: x ", x,
                      " does not fit, expected x [N, H, W, ", in, "], H and W at least 1");
    check_image("ConvTranspose2d", x);
    const Index oh = transposed_size(x[1], kernel.h, stride.h, padding.h, output_padding.h, dilation.h);
    const Index ow = transposed_size(x[2], kernel.w, stride.w, padding.w, output_padding.w, dilation.w);
    check<ShapeError>(oh >= 1 && ow >= 1, "ConvTranspose2d: x ", x, " with kernel ", kernel, " and padding ", padding,
                      " leaves no output");
    check_padded("ConvTranspose2d", oh + 2 * padding.h, ow + 2 * padding.w, out);
    return {x[0], oh, ow, out};
  }
  /// Sizes of the convolution that this one is the gradient of: it goes from y to x.
  constexpr kernels::Conv2dSizes sizes(const Shape& x, const Shape& y) const {
    return {.n = x[0],
            .h = y[1],
            .w = y[2],
            .c = out,
            .oh = x[1],
            .ow = x[2],
            .o = in,
            .kh = kernel.h,
            .kw = kernel.w,
            .stride_h = stride.h,
            .stride_w = stride.w,
            .padding_h = padding.h,
            .padding_w = padding.w,
            .dilation_h = dilation.h,
            .dilation_w = dilation.w,
            .groups = groups};
  }
};

}  // namespace nn

namespace detail {

/// The transposed convolution of `sizes`, whose result has shape `shape`, recorded as `operation`.
template <Scalar T>
Variable<T> transposed_convolution(const char* operation, const kernels::Conv2dSizes& sizes, const Shape& shape,
                                   const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                                   Activation activation) {
  auto y = Tensor<T>::uninitialized(shape);
  kernels::conv2d_transposed(sizes, x.value().data(), weight.value().data(),
                             {.bias = bias ? bias.value().data() : nullptr, .activation = activation}, y.data());
  return Variable<T>::result(
      operation, y, {x, weight, bias},
      [x, weight, bias, xv = x.value(), wv = weight.value(), y = activation == Activation::none ? Tensor<T>() : y,
       activation, sizes](const Tensor<T>& dy) {
        kernels::conv2d_transposed_backward<T>(sizes, {xv.data(), wv.data(), y.data(), dy.data(), activation},
                                               {x.grad_target(), weight.grad_target(), bias.grad_target()});
      });
}

}  // namespace detail

/// y = activation(b + the gradient of conv2d's input for the upstream gradient x): every pixel of x paints W, `stride`
/// apart
/// x [N, H, W, In], weight [In, Out / groups, KH, KW], bias [Out] or undefined -> y [N, OH, OW, Out]
/// ShapeError if the shapes do not fit. As torch.nn.functional.conv_transpose2d, but for the channels' place,
/// and an activation in the same pass.
template <Scalar T>
Variable<T> conv_transpose2d(const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                             const nn::ConvTranspose2dOptions& options, Activation activation = Activation::none) {
  options.check_values();
  const Shape expected{options.in, options.out / options.groups, options.kernel.h, options.kernel.w};
  check<ShapeError>(weight.shape() == expected, "conv_transpose2d: weight ", weight.shape(), " does not fit, expected ",
                    expected);
  detail::check_bias("conv_transpose2d", bias, options.out);
  const Shape shape = options.output_shape(x.shape());
  return detail::transposed_convolution("conv_transpose2d", options.sizes(x.shape(), shape), shape, x, weight, bias,
                                        activation);
}

namespace nn {

/// Transposed convolution of channels-last images, x [N, H, W, In] -> y [N, OH, OW, Out];
/// weight [In, Out / groups, KH, KW], bias [Out]. Both begin uniform in +-1 / sqrt(Out / groups KH KW), which is what
/// PyTorch takes for the fan-in here. As torch.nn.ConvTranspose2d.
template <Scalar T = float>
struct ConvTranspose2d {
  ConvTranspose2dOptions options;
  Variable<T> weight, bias;

  ConvTranspose2d(const ConvTranspose2dOptions& o, Rng& rng) : options(o) {
    options.check_values();
    const Shape shape{options.in, options.out / options.groups, options.kernel.h, options.kernel.w};
    weight = uniform_parameter<T>(shape, shape.stride(0), rng);
    if (options.bias) bias = uniform_parameter<T>({options.out}, shape.stride(0), rng);
  }

  Variable<T> operator()(const Variable<T>& x, Activation activation = Activation::none) const {
    return conv_transpose2d(x, weight, bias, options, activation);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
    f("bias", bias);
  }
};

}  // namespace nn
}  // namespace latent
