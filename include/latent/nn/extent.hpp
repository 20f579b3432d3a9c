#pragma once

#include <limits>
#include <string>

#include "latent/core/shape.hpp"

namespace latent::nn {

/// As a padding, in one direction or both: as many elements as the result needs to have the size of the input, half of
/// them on each side, the odd one behind. Any number that is no padding by itself.
inline constexpr Index same = std::numeric_limits<Index>::min();

/// A size in both directions of an image: `.kernel = 3`, or `.kernel = {3, 5}` for height and width.
struct Extent {
  Index h, w;  ///< height and width

  /// The same for both.
  constexpr Extent(Index both) : h(both), w(both) {}
  /// One for each.
  constexpr Extent(Index height, Index width) : h(height), w(width) {}

  /// The smaller one.
  constexpr Index least() const { return h < w ? h : w; }

  /// "3", or "{3, 5}".
  friend void append_to(std::string& text, const Extent& e) {
    const std::string height = size_text(e.h);
    text += e.h == e.w ? height : '{' + height + ", " + size_text(e.w) + '}';
  }
  /// "3", or "same".
  static std::string size_text(Index size) { return size == same ? "same" : std::to_string(size); }
};

/// Up to here sums and products of two sizes are far from overflow.
inline constexpr Index most_extent = Index{1} << 30;

/// ValueError if an option of a layer is larger.
constexpr void check_extent(const char* layer, const char* option, const Extent& e) {
  check<ValueError>(e.h <= most_extent && e.w <= most_extent, layer, ": ", option, " must be at most ", most_extent,
                    ", got ", e);
}

/// ShapeError if images x [N, H, W, C] of a layer are larger, or have no pixels.
constexpr void check_image(const char* layer, const Shape& x) {
  check<ShapeError>(x[1] >= 1 && x[1] <= most_extent && x[2] >= 1 && x[2] <= most_extent, layer,
                    ": H and W must be in [1, ", most_extent, "], got x ", x);
}

/// ShapeError if sequences x [N, T, C] of a layer are longer, or have no steps.
constexpr void check_sequence(const char* layer, const Shape& x) {
  check<ShapeError>(x[1] >= 1 && x[1] <= most_extent, layer, ": T must be in [1, ", most_extent, "], got x ", x);
}

/// ShapeError if an image of a layer is too large for memory, its padding counted.
constexpr void check_padded(const char* layer, Index h, Index w, Index c) {
  Shape padded;
  for (const Index size : {h, w, c}) padded.append(size, layer);
}

/// ValueError for what no convolution of a layer can have: sizes below 1, negative padding, or groups that do not
/// divide both numbers of channels.
constexpr void check_convolution(const char* layer, Index in, Index out, const Extent& kernel, const Extent& stride,
                                 const Extent& padding, const Extent& dilation, Index groups) {
  check_extent(layer, "kernel", kernel);
  check_extent(layer, "stride", stride);
  check_extent(layer, "padding", padding);
  check_extent(layer, "dilation", dilation);
  check<ValueError>(in >= 1 && out >= 1, layer, ": in and out must be at least 1, got in ", in, " and out ", out);
  check<ValueError>(kernel.least() >= 1 && stride.least() >= 1 && dilation.least() >= 1 && padding.least() >= 0, layer,
                    ": kernel, stride and dilation must be at least 1 and padding at least 0, got kernel ", kernel,
                    ", stride ", stride, ", dilation ", dilation, ", padding ", padding);
  check<ValueError>(groups >= 1 && in % groups == 0 && out % groups == 0, layer, ": groups must divide in ", in,
                    " and out ", out, ", got ", groups);
}

/// Elements before and behind those of one direction.
struct Sides {
  Index before, after;  ///< at least 0

  /// Their sum.
  constexpr Index both() const { return before + after; }
};

/// The sides of a padding, which may be `same`.
constexpr Sides padding_sides(Index padding, Index kernel, Index dilation) {
  if (padding != same) return {padding, padding};
  const Index all = dilation * (kernel - 1);
  return {all / 2, all - all / 2};
}

/// The same as check_convolution where the padding may be `same`, which needs a stride of 1.
constexpr void check_padded_convolution(const char* layer, Index in, Index out, const Extent& kernel,
                                        const Extent& stride, const Extent& padding, const Extent& dilation,
                                        Index groups) {
  const Extent numbers{padding.h == same ? 0 : padding.h, padding.w == same ? 0 : padding.w};
  check_convolution(layer, in, out, kernel, stride, numbers, dilation, groups);
  check<ValueError>((padding.h != same || stride.h == 1) && (padding.w != same || stride.w == 1), layer,
                    ": same padding needs stride 1, got ", stride);
}

/// The same as check_convolution for a transposed one, and for an output_padding that neither stride nor dilation
/// exceeds.
constexpr void check_transposed(const char* layer, Index in, Index out, const Extent& kernel, const Extent& stride,
                                const Extent& padding, const Extent& output_padding, const Extent& dilation,
                                Index groups) {
  check_extent(layer, "output_padding", output_padding);
  check_convolution(layer, in, out, kernel, stride, padding, dilation, groups);
  check<ValueError>(output_padding.least() >= 0 && (output_padding.h < stride.h || output_padding.h < dilation.h) &&
                        (output_padding.w < stride.w || output_padding.w < dilation.w),
                    layer, ": output_padding must be at least 0 and smaller than stride ", stride, " or dilation ",
                    dilation, ", got ", output_padding);
}

/// ValueError for what no pooling of a layer can have: a kernel below 1, a negative stride, or a padding of more than
/// half the kernel.
constexpr void check_pool(const char* layer, const Extent& kernel, const Extent& stride, const Extent& padding) {
  check_extent(layer, "kernel", kernel);
  check_extent(layer, "stride", stride);
  check_extent(layer, "padding", padding);
  check<ValueError>(kernel.least() >= 1 && stride.least() >= 0, layer,
                    ": kernel must be at least 1 and stride at least 0, got kernel ", kernel, ", stride ", stride);
  check<ValueError>(padding.least() >= 0 && 2 * padding.h <= kernel.h && 2 * padding.w <= kernel.w, layer,
                    ": padding must be at least 0 and at most half of kernel ", kernel, ", got ", padding);
}

/// The stride of a pooling, for which 0 stands for the kernel's size.
constexpr Extent used_stride(const Extent& kernel, const Extent& stride) {
  return {stride.h ? stride.h : kernel.h, stride.w ? stride.w : kernel.w};
}

/// Places that a window of `kernel` taps, `dilation` apart, has along `size` pixels with `padding` on both sides, each
/// `stride` from the next: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, or 0 if it does not fit. With
/// `ceil_mode` the division rounds up, for a last window that reaches beyond the end; it begins on the pixels or the
/// padding before them.
constexpr Index window_places(Index size, Index kernel, Index stride, Index padding, Index dilation,
                              bool ceil_mode = false) {
  const Index room = size + 2 * padding - dilation * (kernel - 1) - 1 + (ceil_mode ? stride - 1 : 0);
  if (room < 0) return 0;
  const Index places = room / stride + 1;
  return ceil_mode && (places - 1) * stride >= size + padding ? places - 1 : places;
}

/// The size that a transposed convolution makes of `size` pixels: what window_places, for it, gives `size`.
constexpr Index transposed_size(Index size, Index kernel, Index stride, Index padding, Index output_padding,
                                Index dilation) {
  return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1;
}

}  // namespace latent::nn
