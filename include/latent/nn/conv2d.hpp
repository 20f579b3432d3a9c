#pragma once

#include "latent/autograd/pad.hpp"
#include "latent/autograd/variable.hpp"
#include "latent/kernels/conv2d_max_pool2d.hpp"
#include "latent/nn/activation.hpp"
#include "latent/nn/extent.hpp"
#include "latent/nn/init.hpp"
#include "latent/nn/max_pool2d.hpp"

namespace latent {

namespace nn {

/// ValueError for sizes below 1, negative padding, or groups that do not divide both numbers of channels.
struct Conv2dOptions {
  Index in = 0;   ///< channels
  Index out = 0;  ///< channels
  Extent kernel = 0;
  Extent stride = 1;
  Extent padding = 0;  ///< pixels on each side, or `same`
  Extent dilation = 1;
  Index groups = 1;  ///< input and output channels are cut into as many parts, connected pairwise
  bool bias = true;
  PaddingKind padding_mode = {};  ///< one of PaddingMode's, by default zeros

  constexpr void check_values() const {
    check_padded_convolution("Conv2d", in, out, kernel, stride, padding, dilation, groups);
  }
  /// Padding above and below.
  constexpr Sides rows() const { return padding_sides(padding.h, kernel.h, dilation.h); }
  /// Padding on the left and on the right.
  constexpr Sides columns() const { return padding_sides(padding.w, kernel.w, dilation.w); }

  /// [N, H, W, In] -> [N, OH, OW, Out], OH = (H + 2 padding - dilation (kernel - 1) - 1) / stride + 1, likewise OW;
  /// with `same` OH = H. ShapeError as of pad, too.
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 4 && x[3] == in, "Conv2d: x ", x, " does not fit, expected x [N, H, W, ", in, "]");
    check_image("Conv2d", x);
    const Index h = x[1] + rows().both(), w = x[2] + columns().both();
    const Index oh = window_places(h, kernel.h, stride.h, 0, dilation.h);
    const Index ow = window_places(w, kernel.w, stride.w, 0, dilation.w);
    check<ShapeError>(oh >= 1 && ow >= 1, "Conv2d: x ", x, " is smaller than kernel ", kernel, " with dilation ",
                      dilation, " and padding ", padding);
    check_padded("Conv2d", h, w, in);
    if (padding_mode.functions) {
      padding_mode.functions->shape("Conv2d", x, {1, rows().before, rows().after}, padding_mode.mode);
      padding_mode.functions->shape("Conv2d", x, {2, columns().before, columns().after}, padding_mode.mode);
    }
    return {x[0], oh, ow, out};
  }
  /// Sizes for the kernel, from the shapes of x and y.
  constexpr kernels::Conv2dSizes sizes(const Shape& x, const Shape& y) const {
    return {.n = x[0],
            .h = x[1],
            .w = x[2],
            .c = in,
            .oh = y[1],
            .ow = y[2],
            .o = out,
            .kh = kernel.h,
            .kw = kernel.w,
            .stride_h = stride.h,
            .stride_w = stride.w,
            .padding_h = rows().before,
            .padding_w = columns().before,
            .dilation_h = dilation.h,
            .dilation_w = dilation.w,
            .groups = groups};
  }
};

}  // namespace nn

namespace detail {

/// The convolution of `sizes`, whose result has shape `shape`, recorded as `operation`.
template <Scalar T>
Variable<T> convolution(const char* operation, const kernels::Conv2dSizes& sizes, const Shape& shape,
                        const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                        Activation activation) {
  auto y = Tensor<T>::uninitialized(shape);
  kernels::conv2d(sizes, x.value().data(), weight.value().data(),
                  {.bias = bias ? bias.value().data() : nullptr, .activation = activation}, y.data());
  return Variable<T>::result(
      operation, y, {x, weight, bias},
      [x, weight, bias, xv = x.value(), wv = weight.value(), y = activation == Activation::none ? Tensor<T>() : y,
       activation, sizes](const Tensor<T>& dy) {
        kernels::conv2d_backward<T>(sizes, {xv.data(), wv.data(), y.data(), dy.data(), activation},
                                    {x.grad_target(), weight.grad_target(), bias.grad_target()});
      });
}

/// The shape of conv2d's result. ShapeError if those of the operands do not fit.
template <Scalar T>
Shape conv2d_shape(const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                   const nn::Conv2dOptions& options) {
  options.check_values();
  const Shape expected{options.out, options.in / options.groups, options.kernel.h, options.kernel.w};
  check<ShapeError>(weight.shape() == expected, "conv2d: weight ", weight.shape(), " does not fit, expected ",
                    expected);
  check_bias("conv2d", bias, options.out);
  return options.output_shape(x.shape());
}

}  // namespace detail

/// y[n, i, j, o] = activation(b[o] + sum over kh, kw, c of x[n, i stride + kh dilation - padding, .., c] W[o, c, kh,
/// kw]) x [N, H, W, In], weight [Out, In / groups, KH, KW], bias [Out] or undefined -> y [N, OH, OW, Out] ShapeError if
/// the shapes do not fit. As torch.nn.functional.conv2d, but for the channels' place, and an activation in the same
/// pass.
template <Scalar T>
Variable<T> conv2d(const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                   const nn::Conv2dOptions& options, Activation activation = Activation::none) {
  const Shape shape = detail::conv2d_shape(x, weight, bias, options);
  if (const auto* functions = options.padding_mode.functions) {
    const nn::Sides rows = options.rows(), columns = options.columns();
    nn::Conv2dOptions inside = options;
    inside.padding = 0;
    inside.padding_mode = {};
    return conv2d(
        functions->pad(x, {{1, rows.before, rows.after}, {2, columns.before, columns.after}}, options.padding_mode),
        weight, bias, inside, activation);
  }
  return detail::convolution("conv2d", options.sizes(x.shape(), shape), shape, x, weight, bias, activation);
}

/// max_pool2d(conv2d(x, weight, bias, options, activation), pooling), the same bits, and gradients but for rounding.
/// With ReLU, and with zeros as padding, each image is pooled while it is in the cache, only what remains of it is
/// kept, and the backward leaves out zeros.
template <Scalar T>
Variable<T> conv2d_max_pool2d(const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                              const nn::Conv2dOptions& options, Activation activation,
                              const nn::MaxPool2dOptions& pooling) {
  if (activation != Activation::relu || options.padding_mode.functions || detail::watcher())
    return max_pool2d(conv2d(x, weight, bias, options, activation), pooling);
  const Shape image = detail::conv2d_shape(x, weight, bias, options), shape = pooling.output_shape(image);
  const kernels::Conv2dSizes sizes = options.sizes(x.shape(), image);
  kernels::MaxPool2dSizes pooled = pooling.sizes(image, shape);
  pooled.n = 1;
  auto y = Tensor<T>::uninitialized(shape);
  auto indices = Tensor<std::int32_t>::uninitialized(shape);
  kernels::conv2d_max_pool2d(sizes, pooled, x.value().data(), weight.value().data(),
                             bias ? bias.value().data() : nullptr, y.data(), indices.data());
  return Variable<T>::result(
      "conv2d_max_pool2d", std::move(y), {x, weight, bias},
      [x, weight, bias, xv = x.value(), wv = weight.value(), indices, sizes, pooled](const Tensor<T>& dy) {
        kernels::conv2d_max_pool2d_backward<T>(sizes, pooled, xv.data(), wv.data(), dy.data(), indices.data(),
                                               {x.grad_target(), weight.grad_target(), bias.grad_target()});
      });
}

namespace nn {

/// Convolution of channels-last images, x [N, H, W, In] -> y [N, OH, OW, Out]; weight [Out, In / groups, KH, KW],
/// bias [Out]. Both begin uniform in +-1 / sqrt(In / groups KH KW). As torch.nn.Conv2d.
template <Scalar T = float>
struct Conv2d {
  Conv2dOptions options;
  Variable<T> weight, bias;

  Conv2d(const Conv2dOptions& o, Rng& rng) : options(o) {
    options.check_values();
    const Shape shape{options.out, options.in / options.groups, options.kernel.h, options.kernel.w};
    weight = uniform_parameter<T>(shape, shape.stride(0), rng);
    if (options.bias) bias = uniform_parameter<T>({options.out}, shape.stride(0), rng);
  }

  Variable<T> operator()(const Variable<T>& x, Activation activation = Activation::none) const {
    return conv2d(x, weight, bias, options, activation);
  }
  /// The same as pool((*this)(x, activation)).
  Variable<T> operator()(const Variable<T>& x, Activation activation, const MaxPool2d& pool) const {
    return conv2d_max_pool2d(x, weight, bias, options, activation, pool.options);
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
