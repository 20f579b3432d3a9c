#pragma once

#include "latent/nn/conv2d.hpp"

namespace latent {

namespace nn {

/// ValueError for sizes below 1, negative padding, or groups that do not divide both numbers of channels.
struct Conv1dOptions {
  Index in = 0;   ///< channels
  Index out = 0;  ///< channels
  Index kernel = 0;
  Index stride = 1;
  Index padding = 0;  ///< steps on each side, or `same`
  Index dilation = 1;
  Index groups = 1;  ///< input and output channels are cut into as many parts, connected pairwise
  bool bias = true;
  PaddingKind padding_mode = {};  ///< one of PaddingMode's, by default zeros

  constexpr void check_values() const {
    check_padded_convolution("Conv1d", in, out, kernel, stride, padding, dilation, groups);
  }
  /// Steps of padding before and behind; `same` puts the odd one behind.
  constexpr Sides steps() const { return padding_sides(padding, kernel, dilation); }

  /// [N, T, In] -> [N, OT, Out], OT = (T + 2 padding - dilation (kernel - 1) - 1) / stride + 1; with `same` OT = T.
  /// ShapeError as of pad, too.
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 3 && x[2] == in, "Conv1d: x ", x, " does not fit, expected x [N, T, ", in, "]");
    check_sequence("Conv1d", x);
    const Index padded = x[1] + steps().both(), t = window_places(padded, kernel, stride, 0, dilation);
    check<ShapeError>(t >= 1, "Conv1d: x ", x, " is shorter than kernel ", kernel, " with dilation ", dilation,
                      " and padding ", Extent(padding));
    check_padded("Conv1d", 1, padded, in);
    if (padding_mode.functions)
      padding_mode.functions->shape("Conv1d", x, {1, steps().before, steps().after}, padding_mode.mode);
    return {x[0], t, out};
  }
  /// Sizes for the kernel, from the shapes of x and y: those of images of one line.
  constexpr kernels::Conv2dSizes sizes(const Shape& x, const Shape& y) const {
    const Conv2dOptions line{.in = in,
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

/// y[n, i, o] = activation(b[o] + sum over k, c of x[n, i stride + k dilation - padding, c] W[o, c, k])
/// x [N, T, In], weight [Out, In / groups, K], bias [Out] or undefined -> y [N, OT, Out]
/// ShapeError if the shapes do not fit. As torch.nn.functional.conv1d, but for the channels' place, and an activation
/// in the same pass.
template <Scalar T>
Variable<T> conv1d(const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias,
                   const nn::Conv1dOptions& options, Activation activation = Activation::none) {
  options.check_values();
  const Shape expected{options.out, options.in / options.groups, options.kernel};
  check<ShapeError>(weight.shape() == expected, "conv1d: weight ", weight.shape(), " does not fit, expected ",
                    expected);
  detail::check_bias("conv1d", bias, options.out);
  const Shape shape = options.output_shape(x.shape());
  if (const auto* functions = options.padding_mode.functions) {
    nn::Conv1dOptions inside = options;
    inside.padding = 0;
    inside.padding_mode = {};
    const nn::Sides steps = options.steps();
    return conv1d(functions->pad(x, {{1, steps.before, steps.after}}, options.padding_mode), weight, bias, inside,
                  activation);
  }
  return detail::convolution("conv1d", options.sizes(x.shape(), shape), shape, x, weight, bias, activation);
}

namespace nn {

/// Convolution of channels-last sequences, x [N, T, In] -> y [N, OT, Out]; weight [Out, In / groups, K], bias [Out].
/// Both begin uniform in +-1 / sqrt(In / groups K). As torch.nn.Conv1d.
template <Scalar T = float>
struct Conv1d {
  Conv1dOptions options;
  Variable<T> weight, bias;

  Conv1d(const Conv1dOptions& o, Rng& rng) : options(o) {
    options.check_values();
    const Shape shape{options.out, options.in / options.groups, options.kernel};
    weight = uniform_parameter<T>(shape, shape.stride(0), rng);
    if (options.bias) bias = uniform_parameter<T>({options.out}, shape.stride(0), rng);
  }

  Variable<T> operator()(const Variable<T>& x, Activation activation = Activation::none) const {
    return conv1d(x, weight, bias, options, activation);
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
