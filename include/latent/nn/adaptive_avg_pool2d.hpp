#pragma once

#include "latent/nn/avg_pool2d.hpp"

namespace latent {

namespace nn {

/// ValueError for sizes below 1.
struct AdaptiveAvgPool2dOptions {
  Extent output = 0;  ///< height and width of the result; 1 averages whole images

  constexpr void check_values() const {
    check_extent("AdaptiveAvgPool2d", "output", output);
    check<ValueError>(output.least() >= 1, "AdaptiveAvgPool2d: output must be at least 1, got ", output);
  }
  /// [N, H, W, C] -> [N, OH, OW, C], the sizes of `output`
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 4 && x[1] >= 1 && x[2] >= 1, "AdaptiveAvgPool2d: x ", x,
                      " does not fit, expected x [N, H, W, C], H and W at least 1");
    check_image("AdaptiveAvgPool2d", x);
    return {x[0], output.h, output.w, x[3]};
  }
};

}  // namespace nn

/// y[n, i, j, c] = the average of x[n, h, w, c] over floor(i H / OH) <= h < ceil((i + 1) H / OH), likewise w
/// x [N, H, W, C] -> y [N, OH, OW, C]. ShapeError if x is no batch of images. As
/// torch.nn.functional.adaptive_avg_pool2d.
template <Scalar T>
Variable<T> adaptive_avg_pool2d(const Variable<T>& x, const nn::AdaptiveAvgPool2dOptions& options) {
  const Shape shape = options.output_shape(x.shape()), in = x.shape();
  const kernels::AdaptiveAvgPool2dSizes sizes{
      .n = in[0], .h = in[1], .w = in[2], .c = in[3], .oh = shape[1], .ow = shape[2]};
  return detail::avg_pool("adaptive_avg_pool2d", sizes, shape, x);
}

namespace nn {

/// Averages of as many windows as are wanted, for images of any size; `.output = 1` is global average pooling.
/// x [N, H, W, C] -> y [N, OH, OW, C]. As torch.nn.AdaptiveAvgPool2d.
struct AdaptiveAvgPool2d {
  AdaptiveAvgPool2dOptions options;

  explicit constexpr AdaptiveAvgPool2d(const AdaptiveAvgPool2dOptions& o) : options(o) { options.check_values(); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return adaptive_avg_pool2d(x, options);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }
};

}  // namespace nn
}  // namespace latent
