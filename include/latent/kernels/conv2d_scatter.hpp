#pragma once

#include "latent/kernels/conv2d_layout.hpp"

namespace latent::kernels::detail {

/// The transposed convolution the col2im way, pixel by pixel, for few channels below windows that reach far beyond y:
/// one product gives for each pixel of y the window [KH, KW, C] that it adds to x, whose lines fill registers.
/// Gathering would leave lanes idle and multiply the zeros around y.
template <class T>
class ScatterConv2dTransposed {
 public:
  /// Whether it is the faster way: adding the windows takes about as long as the product that makes them.
  static bool applicable(const Conv2dSizes& s) {
    const auto of_pixels = [](Index h, Index w) { return static_cast<double>(h) * static_cast<double>(w); };
    const double gathered = of_pixels(s.h, s.w) * of_pixels(s.kh, s.kw) / of_pixels(s.stride_h, s.stride_w) * lanes<T>;
    const double scattered = of_pixels(s.oh, s.ow) * of_pixels(s.kh, line(s));
    return s.groups == 1 && s.dilation_w == 1 && s.c < lanes<T> && 2 * scattered < gathered;
  }

  ScatterConv2dTransposed(const Conv2dSizes& s, const T* weight)
      : s_(s),
        x_(input_padding(s)),
        line_(line(s)),
        window_(s.kh * line_),
        weight_(static_cast<std::size_t>(PackedMatrix<T>::size(s.o, window_))),
        pixels_(static_cast<std::size_t>(s.oh * s.ow)),
        k_offsets_(static_cast<std::size_t>(s.o)),
        windows_(static_cast<std::size_t>(s.oh * s.ow)) {
    fill_offsets(pixels_.data(), s.oh * s.ow, s.o);
    fill_offsets(k_offsets_.data(), s.o, 1);
    fill_offsets(windows_.data(), s.oh * s.ow, window_);
    const memory::Scratch<T> channels_last(s.o * window_);
    std::fill_n(channels_last.data(), s.o * window_, T(0));
    for (Index row = 0; row < s.o * s.c; ++row)
      for (Index kh = 0; kh < s.kh; ++kh)
        for (Index kw = 0; kw < s.kw; ++kw, ++weight)
          channels_last[row / s.c * window_ + kh * line_ + kw * s.c + row % s.c] = *weight;
    MatrixPacker<T>(s.o, window_, weight_.data()).append(MatrixView<T>{channels_last.data(), window_}, s.o);
  }

  /// y is read as it is.
  Padding padding() const { return {s_.oh, s_.ow, s_.o, 0, 0, s_.oh, s_.ow}; }

  void operator()(const T* y, const Epilogue<T>& epilogue, T* dx) const {
    const memory::Scratch<T> windows(s_.oh * s_.ow * window_), padded(x_.padded_size() + lanes<T>);
    const PackedMatrix<T> packed(s_.o, window_, weight_.data());
    packed.multiply({y, pixels_.data(), k_offsets_.data()}, s_.oh * s_.ow, {}, {windows.data(), windows_.data()});
    std::fill_n(padded.data(), x_.padded_size(), T(0));
    // Down the image: the next window to the right would read what was written just before.
    for (Index kh = 0; kh < s_.kh; ++kh)
      for (Index j = 0; j < s_.ow; ++j)
        for (Index i = 0; i < s_.oh; ++i)
          add_line(windows.data() + (i * s_.ow + j) * window_ + kh * line_,
                   padded.data() + ((i * s_.stride_h + kh * s_.dilation_h) * x_.padded_w + j * s_.stride_w) * s_.c);
    for (Index i = 0; i < s_.h; ++i) {
      const T* const from = padded.data() + ((i + x_.top) * x_.padded_w + x_.left) * s_.c;
      T* const to = dx + i * s_.w * s_.c;
      copy(s_.w * s_.c, from, to, epilogue.mode);
      if (epilogue.bias)
        for (Index j = 0; j < s_.w * s_.c; ++j) to[j] += epilogue.bias[j % s_.c];
    }
    activate(epilogue.activation, dx, s_.x_size());
  }

 private:
  static Index line(const Conv2dSizes& s) { return (s.kw * s.c + lanes<T> - 1) / lanes<T> * lanes<T>; }

  void add_line(const T* from, T* to) const {
    Index j = 0;
    for (; j + lanes<T> < line_; j += lanes<T>) store(to + j, load(to + j) + load(from + j));
    // Beyond the line there are zeros times y, which may be infinite.
    store(to + j, load(to + j) + load(from + j, s_.kw * s_.c - j));
  }

  Conv2dSizes s_;
  Padding x_;
  Index line_, window_;  ///< elements of a line of a window, filled up to whole registers, and of a window
  Buffer<T> weight_;
  Buffer<Index> pixels_, k_offsets_, windows_;
};

}  // namespace latent::kernels::detail
