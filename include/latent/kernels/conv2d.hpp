#pragma once

#include <vector>

#include "latent/core/memory.hpp"
#include "latent/kernels/gemm.hpp"

/// Convolution of channels-last images. Its gradients are in conv2d_transposed.hpp and conv2d_backward.hpp.
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

  Index group_c() const { return c / groups; }
  Index group_o() const { return o / groups; }
  Index taps() const { return kh * kw; }
  Index image_size() const { return h * w * c; }     ///< numbers of one x
  Index result_size() const { return oh * ow * o; }  ///< numbers of one y

  /// Multiply-adds of one image, padding counted.
  double work() const { return static_cast<double>(result_size() * taps()) * static_cast<double>(group_c()); }
};

namespace detail {

template <class T>
using Buffer = std::vector<T, memory::Allocator<T>>;

/// An image with a frame of zeros around it, so that no window has to be cut at the edge.
struct Frame {
  Index h, w, c;             ///< the image
  Index top, left;           ///< zeros above and before it
  Index framed_h, framed_w;  ///< sizes with the frame

  Index size() const { return framed_h * framed_w * c; }
  bool empty() const { return framed_h == h && framed_w == w; }
};

/// Room for a few framed images of one task.
template <class T>
class Framed {
 public:
  Framed(const Frame& frame, Index images) : frame_(frame), space_(frame.empty() ? 0 : images * frame.size()) {
    if (!frame.empty()) std::fill_n(space_.data(), images * frame.size(), T(0));
  }

  /// Frames that many neighbouring images. Where there is no frame, they are read where they are.
  const T* operator()(const T* images, Index count) const {
    if (frame_.empty()) return images;
    const Index line = frame_.w * frame_.c;
    for (Index n = 0; n < count; ++n)
      for (Index i = 0; i < frame_.h; ++i, images += line)
        copy_line(images, line,
                  space_.data() + n * frame_.size() + ((frame_.top + i) * frame_.framed_w + frame_.left) * frame_.c);
    return space_.data();
  }

 private:
  /// The last register overlaps the one before it: faster than fewer numbers in one.
  static void copy_line(const T* from, Index count, T* to) {
    if (count < lanes<T>) {
      std::copy_n(from, count, to);
      return;
    }
    for (Index i = 0; i + lanes<T> < count; i += lanes<T>) store(to + i, load(from + i));
    store(to + count - lanes<T>, load(from + count - lanes<T>));
  }

  Frame frame_;
  memory::Scratch<T> space_;
};

/// Result pixels that are all computed alike, each a sum of products of the numbers in its window and weights. A
/// convolution is one such correlation; the gradient of its input one for each phase of the stride.
template <class T>
struct Correlation {
  Buffer<Index> source;  ///< per pixel: where its window begins in the framed source
  Buffer<Index> result;  ///< per pixel: where its numbers go
  Buffer<Index> steps;   ///< per number of a window: where it is in the window
  Index columns;         ///< numbers of a result pixel, in one group
  Buffer<T> weight;      ///< for each group packed panels [steps, panel width]

  /// Packs the weights of group after group; `of(g, j, columns, panel)` packs some columns of one.
  template <class F>
  void pack(Index groups, F of) {
    weight.resize(static_cast<std::size_t>(groups * group_size()));
    T* to = weight.data();
    for (Index g = 0; g < groups; ++g)
      for (Index j = 0; j < columns; j += panel_columns<T>) {
        const Index some = std::min(panel_columns<T>, columns - j);
        of(g, j, some, to);
        to += std::ssize(steps) * panel_width<T>(some);
      }
  }

  /// The pixels of one group: result = finish(products).
  void apply(Index g, const T* from, const Finish<T>& finish, T* to) const {
    const T* panel = weight.data() + g * group_size();
    for (Index j = 0; j < columns; j += panel_columns<T>) {
      const Index some = std::min(panel_columns<T>, columns - j);
      multiply(LeftOperand<T>{from, source.data(), steps.data()}, std::ssize(source), std::ssize(steps), panel, some,
               {finish.into, finish.bias ? finish.bias + j : nullptr, finish.activation},
               Results<T>{to + j, result.data()});
      panel += std::ssize(steps) * panel_width<T>(some);
    }
  }

 private:
  Index group_size() const {
    const Index whole = columns / panel_columns<T> * panel_columns<T>;
    return std::ssize(steps) * (whole + (columns > whole ? panel_width<T>(columns - whole) : 0));
  }
};

inline Frame input_frame(const Conv2dSizes& s) {
  return {s.h, s.w, s.c, s.padding_h, s.padding_w, s.h + 2 * s.padding_h, s.w + 2 * s.padding_w};
}

/// Where the window of each output pixel begins in the framed input, for the first group.
inline Buffer<Index> windows(const Conv2dSizes& s) {
  Buffer<Index> result;
  result.reserve(static_cast<std::size_t>(s.oh * s.ow));
  const Index framed_w = input_frame(s).framed_w;
  for (Index i = 0; i < s.oh; ++i)
    for (Index j = 0; j < s.ow; ++j) result.push_back((i * s.stride_h * framed_w + j * s.stride_w) * s.c);
  return result;
}

/// Where each number of a window is in it, in the order of the weights: channel, row, column.
inline Buffer<Index> window_numbers(const Conv2dSizes& s) {
  Buffer<Index> result;
  result.reserve(static_cast<std::size_t>(s.group_c() * s.taps()));
  const Index framed_w = input_frame(s).framed_w;
  for (Index c = 0; c < s.group_c(); ++c)
    for (Index kh = 0; kh < s.kh; ++kh)
      for (Index kw = 0; kw < s.kw; ++kw)
        result.push_back((kh * s.dilation_h * framed_w + kw * s.dilation_w) * s.c + c);
  return result;
}

/// A convolution with its weights packed, for one image at a time.
template <class T>
class PackedConv2d {
 public:
  PackedConv2d(const Conv2dSizes& s, const T* weight) : s_(s) {
    correlation_.source = windows(s);
    correlation_.steps = window_numbers(s);
    correlation_.columns = s.group_o();
    for (Index p = 0; p < s.oh * s.ow; ++p) correlation_.result.push_back(p * s.o);
    const Index length = s.group_c() * s.taps();
    correlation_.pack(s.groups, [&](Index g, Index j, Index columns, T* panel) {
      pack_panel(MatrixIn<T>{weight + g * s.group_o() * length, 1, length}, 0, length, j, columns, panel);
    });
  }

  Frame frame() const { return input_frame(s_); }

  void operator()(const T* framed, const Finish<T>& finish, T* y) const {
    for (Index g = 0; g < s_.groups; ++g)
      correlation_.apply(g, framed + g * s_.group_c(),
                         {finish.into, finish.bias ? finish.bias + g * s_.group_o() : nullptr, finish.activation},
                         y + g * s_.group_o());
  }

 private:
  Conv2dSizes s_;
  Correlation<T> correlation_;
};

/// Applies a packed convolution or transposed convolution to n images.
template <class T, class Packed>
void each_image(const Packed& packed, Index n, double work, const T* x, Index x_size, const Finish<T>& finish, T* y,
                Index y_size) {
  parallel_pieces(n, (n + 15) / 16, work, [&](Index first, Index last) {
    const Framed<T> framed(packed.frame(), 1);
    for (Index i = first; i < last; ++i) packed(framed(x + i * x_size, 1), finish, y + i * y_size);
  });
}

}  // namespace detail

/// y = activation(conv(x, weight) + bias), or y += conv(x, weight) + bias
template <class T>
void conv2d(const Conv2dSizes& s, const T* x, const T* weight, const Finish<T>& finish, T* y) {
  detail::each_image(detail::PackedConv2d<T>(s, weight), s.n, s.work(), x, s.image_size(), finish, y, s.result_size());
}

}  // namespace latent::kernels
