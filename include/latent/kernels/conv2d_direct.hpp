#pragma once

#include "latent/kernels/conv2d_layout.hpp"

namespace latent::kernels::detail {

/// The transposed convolution as a plain loop over the taps, for weights that are infinite or NaN: pixels outside y are
/// left out, where the other ways multiply zeros by the weights and would get NaN.
template <class T>
class DirectConv2dTransposed {
 public:
  DirectConv2dTransposed(const Conv2dSizes& sizes, const T* weight) : s_(sizes), weight_(weight) {
    if (const NarrowProducts<T>* const narrow = narrow_products<T>()) {
      rounded_.resize(static_cast<std::size_t>(s_.o * s_.window()));
      narrow->round(std::ssize(rounded_), weight, rounded_.data());
      weight_ = rounded_.data();
    }
  }

  Padding padding() const { return {s_.oh, s_.ow, s_.o, 0, 0, s_.oh, s_.ow}; }

  void operator()(const T* y, const Epilogue<T>& epilogue, T* dx) const {
    const NarrowProducts<T>* const narrow = narrow_products<T>();
    const memory::Scratch<T> rounded(narrow ? s_.y_size() : 0);
    if (narrow) {
      narrow->round(s_.y_size(), y, rounded.data());
      y = rounded.data();
    }
    for (Index h = 0; h < s_.h; ++h)
      for (Index w = 0; w < s_.w; ++w)
        for (Index c = 0; c < s_.c; ++c, ++dx) {
          const T before = epilogue.mode == WriteMode::accumulate ? *dx : T(0);
          *dx = before + (epilogue.bias ? epilogue.bias[c] : T(0)) + sum(y, h, w, c);
        }
    activate(epilogue.activation, dx - s_.x_size(), s_.x_size());
  }

 private:
  /// All that a pixel of x was part of.
  T sum(const T* y, Index h, Index w, Index c) const {
    T result = 0;
    for (Index kh = 0; kh < s_.kh; ++kh)
      for (Index kw = 0; kw < s_.kw; ++kw) {
        const Index i = h + s_.padding_h - kh * s_.dilation_h, j = w + s_.padding_w - kw * s_.dilation_w;
        if (i < 0 || j < 0 || i % s_.stride_h != 0 || j % s_.stride_w != 0) continue;
        if (i / s_.stride_h >= s_.oh || j / s_.stride_w >= s_.ow) continue;
        const T* const pixel = y + (i / s_.stride_h * s_.ow + j / s_.stride_w) * s_.o;
        const Index first = c / s_.group_c() * s_.group_o();
        for (Index o = first; o < first + s_.group_o(); ++o)
          result += pixel[o] * weight_[((o * s_.group_c() + c % s_.group_c()) * s_.kh + kh) * s_.kw + kw];
      }
    return result;
  }

  Conv2dSizes s_;
  Buffer<T> rounded_;  // weights, where products are narrow
  const T* weight_;
};

}  // namespace latent::kernels::detail
