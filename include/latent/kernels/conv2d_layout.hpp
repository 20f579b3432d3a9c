#pragma once

#include <vector>

#include "latent/core/memory.hpp"
#include "latent/kernels/packed_matrix.hpp"

/// Where the elements of a convolution are: its sizes, images with padding around them, and tables of offsets, which
/// stand for the columns that im2col would write into memory.
namespace latent::kernels {

/// x [N, H, W, C], weight [Out, C / groups, KH, KW], y [N, OH, OW, Out]
///
///     y[n, i, j, o] = sum over kh, kw, c of x[n, i stride_h + kh dilation_h - padding_h, .., c] weight[o, c, kh, kw]
struct Conv2dSizes {
  Index n, h, w, c;
  Index oh, ow, o;
  Index kh, kw;
  Index stride_h = 1, stride_w = 1;
  Index padding_h = 0, padding_w = 0;
  Index dilation_h = 1, dilation_w = 1;
  Index groups = 1;

  Index group_c() const { return c / groups; }         ///< channels of a group of x
  Index group_o() const { return o / groups; }         ///< channels of a group of y
  Index taps() const { return kh * kw; }               ///< pixels of a window
  Index window() const { return group_c() * taps(); }  ///< elements of x below one element of y
  Index x_size() const { return h * w * c; }           ///< elements of one image of x
  Index y_size() const { return oh * ow * o; }         ///< elements of one image of y

  /// Multiply-adds of one image, padding counted.
  double work() const { return static_cast<double>(y_size()) * static_cast<double>(window()); }
};

namespace detail {

template <class T>
using Buffer = std::vector<T, memory::Allocator<T>>;

/// The zeros around an image that make every window lie inside.
struct Padding {
  Index h = 0, w = 0, c = 0;         ///< of the image
  Index top = 0, left = 0;           ///< zeros above and before it
  Index padded_h = 0, padded_w = 0;  ///< of the image with its padding

  Index padded_size() const { return padded_h * padded_w * c; }  ///< elements of the image with its padding
  bool none() const { return padded_h == h && padded_w == w; }   ///< whether there are no zeros
};

/// Room for a few images with padding; the padding is written once, the images time and again.
template <class T>
class PaddedImages {
 public:
  /// For so many images; none if there is no padding.
  PaddedImages(const Padding& padding, Index images)
      : padding_(padding), space_(padding.none() ? 0 : images * padding.padded_size()) {
    if (!padding.none()) std::fill_n(space_.data(), images * padding.padded_size(), T(0));
  }

  /// Pads `count` neighbouring images. Where there is no padding, they are read where they are.
  const T* operator()(const T* images, Index count) const {
    if (padding_.none()) return images;
    const Index line = padding_.w * padding_.c;
    for (Index n = 0; n < count; ++n)
      for (Index i = 0; i < padding_.h; ++i, images += line)
        copy_line(images, line,
                  space_.data() + n * padding_.padded_size() +
                      ((padding_.top + i) * padding_.padded_w + padding_.left) * padding_.c);
    return space_.data();
  }

 private:
  /// The last register overlaps the one before it: faster than a part of one.
  static void copy_line(const T* from, Index count, T* to) {
    if (count < lanes<T>) {
      std::copy_n(from, count, to);
      return;
    }
    for (Index i = 0; i + lanes<T> < count; i += lanes<T>) store(to + i, load(from + i));
    store(to + count - lanes<T>, load(from + count - lanes<T>));
  }

  Padding padding_;
  memory::Scratch<T> space_;
};

/// `padding` on both sides, and at the end what the last window needs beyond it.
inline Padding input_padding(const Conv2dSizes& s) {
  const Index last_h = (s.oh - 1) * s.stride_h + (s.kh - 1) * s.dilation_h + 1;
  const Index last_w = (s.ow - 1) * s.stride_w + (s.kw - 1) * s.dilation_w + 1;
  return {s.h,
          s.w,
          s.c,
          s.padding_h,
          s.padding_w,
          std::max(s.h + 2 * s.padding_h, last_h),
          std::max(s.w + 2 * s.padding_w, last_w)};
}

/// Where the window of each output pixel begins in the padded input, for the first group.
inline Buffer<Index> pixel_offsets(const Conv2dSizes& s) {
  Buffer<Index> result;
  result.reserve(static_cast<std::size_t>(s.oh * s.ow));
  const Index padded_w = input_padding(s).padded_w;
  for (Index i = 0; i < s.oh; ++i)
    for (Index j = 0; j < s.ow; ++j) result.push_back((i * s.stride_h * padded_w + j * s.stride_w) * s.c);
  return result;
}

/// Where each element of a window is, counted from the window's beginning, in the order of the weights: channel, row,
/// column. Added to a pixel's offset, it gives what im2col would copy.
inline Buffer<Index> im2col_offsets(const Conv2dSizes& s) {
  Buffer<Index> result;
  result.reserve(static_cast<std::size_t>(s.window()));
  const Index padded_w = input_padding(s).padded_w;
  for (Index c = 0; c < s.group_c(); ++c)
    for (Index kh = 0; kh < s.kh; ++kh)
      for (Index kw = 0; kw < s.kw; ++kw)
        result.push_back((kh * s.dilation_h * padded_w + kw * s.dilation_w) * s.c + c);
  return result;
}

}  // namespace detail
}  // namespace latent::kernels
