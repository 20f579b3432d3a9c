#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/upsample2d.hpp"
#include "latent/nn/extent.hpp"

namespace latent {

using kernels::InterpolationMode;

namespace nn {

/// A factor for both directions of an image: `.scale_factor = 2`, or `.scale_factor = {2, 1.5}` for height and width.
struct ScaleFactor {
  double h, w;  ///< of height and width

  /// The same for both.
  constexpr ScaleFactor(double both) : h(both), w(both) {}
  /// One for each.
  constexpr ScaleFactor(double height, double width) : h(height), w(width) {}

  /// "2", or "{2, 1.5}".
  friend void append_to(std::string& text, const ScaleFactor& s) {
    if (s.h == s.w) return append_to(text, s.h);
    append_to(text, '{');
    append_to(text, s.h);
    append_to(text, ", ");
    append_to(text, s.w);
    append_to(text, '}');
  }
};

/// ValueError unless either `size` or `scale_factor` is given and above 0, and for nearest pixels with align_corners.
struct UpsampleOptions {
  Extent size = 0;                                      ///< height and width of the result
  ScaleFactor scale_factor = 0;                         ///< or what those of x are multiplied by, rounded down
  InterpolationMode mode = InterpolationMode::nearest;  ///< or bilinear
  bool align_corners = false;  ///< outer pixels of x and y lie upon each other, else the edges of the images

  constexpr void check_values() const {
    check_extent("Upsample", "size", size);
    const bool has_size = size.h != 0 || size.w != 0, has_factor = scale_factor.h != 0 || scale_factor.w != 0;
    const auto in_range = [](double factor) { return factor > 0 && factor <= most_extent; };
    check<ValueError>(
        has_size != has_factor && (has_size ? size.least() >= 1 : in_range(scale_factor.h) && in_range(scale_factor.w)),
        "Upsample: either size or scale_factor must be given and above 0, got size ", size, " and scale_factor ",
        scale_factor);
    check<ValueError>(!align_corners || mode != InterpolationMode::nearest,
                      "Upsample: align_corners needs another mode than nearest");
  }
  /// [N, H, W, C] -> [N, OH, OW, C]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 4 && x[1] >= 1 && x[2] >= 1, "Upsample: x ", x,
                      " does not fit, expected x [N, H, W, C], H and W at least 1");
    check_image("Upsample", x);
    if (size.h != 0) return {x[0], size.h, size.w, x[3]};
    const auto oh = static_cast<Index>(static_cast<double>(x[1]) * scale_factor.h);
    const auto ow = static_cast<Index>(static_cast<double>(x[2]) * scale_factor.w);
    check<ShapeError>(oh >= 1 && ow >= 1, "Upsample: x ", x, " times scale_factor ", scale_factor, " leaves no pixel");
    return {x[0], oh, ow, x[3]};
  }
};

}  // namespace nn

/// y = x at other places. For `nearest` y[n, i, j, c] = x[n, floor(i step), floor(j step), c], where step is H / OH for
/// rows and W / OW for columns, or 1 / scale_factor. For `bilinear` the place of row i is (i + 1/2) step - 1/2, or
/// i (H - 1) / (OH - 1) by align_corners, and y a mean of the two rows and columns beside it, by how near they are.
/// No pixels are averaged where images become smaller.
/// x [N, H, W, C] -> y [N, OH, OW, C]. ShapeError if x is no batch of images. As torch.nn.functional.interpolate.
template <Scalar T>
Variable<T> interpolate(const Variable<T>& x, const nn::UpsampleOptions& options) {
  const Shape shape = options.output_shape(x.shape()), in = x.shape();
  const auto step = [](double factor) { return factor > 0 ? 1 / factor : 0; };
  const kernels::Upsample2dSizes sizes{.n = in[0],
                                       .h = in[1],
                                       .w = in[2],
                                       .c = in[3],
                                       .oh = shape[1],
                                       .ow = shape[2],
                                       .mode = options.mode,
                                       .align_corners = options.align_corners,
                                       .scale_h = step(options.scale_factor.h),
                                       .scale_w = step(options.scale_factor.w)};
  auto y = Tensor<T>::uninitialized(shape);
  kernels::upsample2d(sizes, x.value().data(), y.data());
  return Variable<T>::result("interpolate", std::move(y), {x}, [x, sizes](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) kernels::upsample2d_backward(sizes, dy.data(), dx);
  });
}

namespace nn {

/// Images of another size, x [N, H, W, C] -> y [N, OH, OW, C]. As torch.nn.Upsample.
struct Upsample {
  UpsampleOptions options;

  explicit constexpr Upsample(const UpsampleOptions& o) : options(o) { options.check_values(); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return interpolate(x, options);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }
};

}  // namespace nn
}  // namespace latent
