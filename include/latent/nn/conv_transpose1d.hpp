#pragma once

#include "latent/nn/conv_transpose2d.hpp"

namespace latent {

namespace nn {

/// ValueError for sizes below 1, negative padding, an output_padding that the stride or dilation does not exceed, or
/// groups that do not divide both numbers of channels.
struct ConvTranspose1dOptions {
  Index in = 0;   ///< channels
  Index out = 0;  ///< channels
  Index kernel = 0;
  Index stride = 1;
  Index padding = 0;         ///< steps cut off each side of the result
  Index output_padding = 0;  ///< steps added at its end
  Index dilation = 1;
  Index groups = 1;
  bool bias = true;

  constexpr void check_values() const {
    check_transposed("ConvTranspose1d", in, out, kernel, stride, padding, output_padding, dilation, groups);
  }
  /// [N, T, In] -> [N, OT, Out], OT = (T - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 3 && x[2] == in && x[1] >= 1, "ConvTranspose1d: x ", x,
                      " does not fit, expected x [N, T, ", in, "], T at least 1");
    check_sequence("ConvTranspose1d", x);
    const Index t = transposed_size(x[1], kernel, stride, padding, output_padding, dilation);
    check<ShapeError>(t >= 1, "ConvTranspose1d: x ", x, " with kernel ", kernel, " and padding ", padding,
                      " leaves no output");
    check_padded("ConvTranspose1d", 1, t + 2 * padding, out);
    return {x[0], t, out};
  }
  /// Sizes for the kernel, from the shapes of x and y: those of images of one line.
  constexpr kernels::Conv2dSizes sizes(const Shape& x, const Shape& y) const {
    const ConvTranspose2dOptions line{.in = in,
                                      .out = out,
                                      .kernel = {1, kernel},
                                      .stride = {1, stride},
                                      .padding = {0, padding},
                                      .dilation = {1, dilation},
                                      .groups = groups};
    return line.sizes({x[0], 1, x[1], in}, {y[0], 1, y[1], out});
  }
};

}  // namespace nn

/// y = activation(b + the gradient of conv1d's input for the upstream gradient x): every step of x paints W, `stride`
/// apart
/// x [N, T, In], weight [In, Out / groups, K], bias [Out] or undefined -> y [N, OT, Out]
/// ShapeError if the shapes do not fit. As torch.nn.functional.conv_transpose1d, but for the channels' place,
/// and an activation in the same pass.
template <Scalar T>
Variable<T> conv_transpose1d(const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                             const nn::ConvTranspose1dOptions& options, Activation activation = Activation::none) {
  options.check_values();
  const Shape expected{options.in, options.out / options.groups, options.kernel};
  check<ShapeError>(weight.shape() == expected, "conv_transpose1d: weight ", weight.shape(), " does not fit, expected ",
                    expected);
  detail::check_bias("conv_transpose1d", bias, options.out);
  const Shape shape = options.output_shape(x.shape());
  return detail::transposed_convolution("conv_transpose1d", options.sizes(x.shape(), shape), shape, x, weight, bias,
                                        activation);
}

namespace nn {

/// Transposed convolution of channels-last sequences, x [N, T, In] -> y [N, OT, Out]; weight [In, Out / groups, K],
/// bias [Out]. Both begin uniform in +-1 / sqrt(Out / groups K), which is what PyTorch takes for the fan-in here. As
/// torch.nn.ConvTranspose1d.
template <Scalar T = float>
struct ConvTranspose1d {
  ConvTranspose1dOptions options;
  Variable<T> weight, bias;

  ConvTranspose1d(const ConvTranspose1dOptions& o, Rng& rng) : options(o) {
    options.check_values();
    const Shape shape{options.in, options.out / options.groups, options.kernel};
    weight = uniform_parameter<T>(shape, shape.stride(0), rng);
    if (options.bias) bias = uniform_parameter<T>({options.out}, shape.stride(0), rng);
  }

  Variable<T> operator()(const Variable<T>& x, Activation activation = Activation::none) const {
    return conv_transpose1d(x, weight, bias, options, activation);
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
