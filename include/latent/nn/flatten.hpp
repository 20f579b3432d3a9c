#pragma once

#include "latent/autograd/shaping.hpp"

/// Between images and vectors. Features are ordered channel first, so that a Linear trained behind a PyTorch
/// convolution fits; with one channel, or one pixel, no element moves.
namespace latent::nn {

/// [N, H, W, C] -> [N, C H W]; other shapes [N, ..] -> [N, product of the rest] in their order. As torch.nn.Flatten.
struct Flatten {
  constexpr Shape output_shape(const Shape& x) const {
    check<ShapeError>(x.rank() >= 1, "Flatten: x ", x, " does not fit, expected x [N, ..]");
    return {x[0], x.stride(0)};
  }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    const Shape& in = x.shape();
    const Shape out = output_shape(in);
    const bool moves = in.rank() == 4 && in[3] > 1 && in[1] * in[2] > 1;
    return reshape(moves ? permute(x, {0, 3, 1, 2}) : x, out);
  }
};

/// ValueError for sizes below 1.
struct UnflattenOptions {
  Index channels = 1;  ///< of the image
  Index height = 0;    ///< to be given
  Index width = 0;     ///< to be given
};

/// [N, C H W] -> [N, H, W, C], the opposite of Flatten. As torch.nn.Unflatten(1, (C, H, W)).
struct Unflatten {
  UnflattenOptions options;

  explicit constexpr Unflatten(const UnflattenOptions& o) : options(o) {
    check<ValueError>(o.channels >= 1 && o.height >= 1 && o.width >= 1,
                      "Unflatten: channels, height and width must be at least 1, got ", o.channels, ", ", o.height,
                      ", ", o.width);
  }

  constexpr Shape output_shape(const Shape& x) const {
    const Index features = options.channels * options.height * options.width;
    check<ShapeError>(x.rank() == 2 && x[1] == features, "Unflatten: x ", x, " does not fit, expected x [N, ", features,
                      "]");
    return {x[0], options.height, options.width, options.channels};
  }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    const Shape out = output_shape(x.shape());
    if (options.channels == 1 || options.height * options.width == 1) return reshape(x, out);
    return permute(reshape(x, {out[0], out[3], out[1], out[2]}), {0, 2, 3, 1});
  }
};

}  // namespace latent::nn
