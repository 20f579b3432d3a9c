#pragma once

#include "latent/kernels/conv2d_transposed.hpp"
#include "latent/kernels/reduce.hpp"

/// All gradients of a convolution or a transposed one at once: each task takes some images through everything while
/// they are at hand.
namespace latent::kernels {

/// Upstream gradient, and the operands of the forward.
template <class T>
struct Conv2dOperands {
  const T* x;
  const T* weight;
  const T* y;  ///< of the forward, after its activation; read only if there is one
  const T* dy;
  Activation activation = Activation::none;
};

/// Where the gradients go; null where none is wanted. Those of the parameters are added to.
template <class T>
struct Conv2dGradients {
  T* x;
  Into x_into;
  T* weight;
  T* bias;
};

namespace detail {

/// The products of a convolution's weight gradient: sums over pixels of the numbers in a window and the gradients of
/// the output.
template <class T>
class WeightGradient {
 public:
  explicit WeightGradient(const Conv2dSizes& s) : s_(s), numbers_(window_numbers(s)) {
    // Images that are small go through the micro-kernel several at a time, large ones in pieces.
    const Index pixels = s.oh * s.ow;
    images_ = std::clamp<Index>(most_pixels / std::max<Index>(pixels, 1), 1, std::max<Index>(s.n, 1));
    const Buffer<Index> of_image = windows(s);
    const Index image = input_frame(s).size();
    for (Index n = 0; n < images_; ++n)
      for (const Index window : of_image) windows_.push_back(n * image + window);
    for (Index j = 0; j < s.group_o(); j += panel_columns<T>)
      width_ += panel_width<T>(std::min(panel_columns<T>, s.group_o() - j));
    for (Index k = 0; k < std::ssize(numbers_); ++k) rows_.push_back(k * width_);
  }

  /// Images to add at a time.
  Index images() const { return images_; }

  /// Numbers of a sum: for each group [C KH KW, columns filled up to whole registers].
  Index size() const { return s_.groups * std::ssize(numbers_) * width_; }

  /// Adds `count` framed images x and output gradients dy to sums.
  void add(const T* framed, const T* dy, Index count, T* sums) const {
    const Index pixels = count * s_.oh * s_.ow;
    const memory::Scratch<T> panel(std::min(pixels, most_pixels) * panel_columns<T>);
    for (Index first = 0; first < pixels; first += most_pixels) {
      const Index some = std::min(most_pixels, pixels - first);
      for (Index g = 0; g < s_.groups; ++g)
        for (Index j = 0; j < s_.group_o(); j += panel_columns<T>) {
          const Index columns = std::min(panel_columns<T>, s_.group_o() - j);
          const T* right = dy + first * s_.o;
          if (columns != s_.o || columns != panel_width<T>(columns)) {
            pack_panel(MatrixIn<T>{right, s_.o}, 0, some, g * s_.group_o() + j, columns, panel.data());
            right = panel.data();
          }
          multiply(LeftOperand<T>{framed + g * s_.group_c(), numbers_.data(), windows_.data() + first},
                   std::ssize(numbers_), some, right, columns, {.into = Into::accumulate},
                   Results<T>{sums + g * std::ssize(numbers_) * width_ + j, rows_.data()});
        }
    }
  }

  /// dweight += sums
  void finish(const T* sums, T* dweight) const {
    const Index length = std::ssize(numbers_);
    for (Index g = 0; g < s_.groups; ++g)
      for (Index o = 0; o < s_.group_o(); ++o, dweight += length)
        for (Index k = 0; k < length; ++k) dweight[k] += sums[(g * length + k) * width_ + o];
  }

 private:
  static constexpr Index most_pixels = 512;

  Conv2dSizes s_;
  Buffer<Index> numbers_, windows_, rows_;
  Index images_, width_ = 0;
};

/// The common frame of both backward functions. `of_images()` gives a thread its function (first, count, dz, sums),
/// which adds the gradient of the weight for some images to sums and writes that of x, dz being the gradient before
/// the activation; `channels` and `pixels` are those of y.
template <class T, class F>
void backward_of_images(const Conv2dSizes& s, const Conv2dOperands<T>& in, const Conv2dGradients<T>& d, Index pixels,
                        Index channels, const WeightGradient<T>& gradient, F of_images) {
  const Index chunk = (s.n + 7) / 8;
  const Index chunks = chunk ? (s.n + chunk - 1) / chunk : 0;
  const Index size = pixels * channels;
  const Index partial_size = gradient.size() + channels;
  const memory::Scratch<T> partial(chunks * partial_size);
  parallel_for(chunks, 2 * static_cast<double>(chunk) * s.work(), [&](Index number) {
    T* const sums = partial.data() + number * partial_size;
    std::fill_n(sums, partial_size, T(0));
    const memory::Scratch<T> space(in.activation == Activation::none ? 0 : gradient.images() * size);
    const auto work = of_images();
    const Index end = std::min(s.n, (number + 1) * chunk);
    for (Index first = number * chunk; first < end; first += gradient.images()) {
      const Index count = std::min(gradient.images(), end - first);
      const T* dz = in.dy + first * size;
      if (in.activation != Activation::none) {
        through_activation(in.activation, count * size, dz, in.y + first * size, space.data());
        dz = space.data();
      }
      if (d.bias) sum_columns(count * pixels, channels, dz, sums + gradient.size());
      work(first, count, dz, sums);
    }
  });
  T* const total = partial.data();
  for (Index number = 1; number < chunks; ++number)
    copy(partial_size, partial.data() + number * partial_size, total, Into::accumulate);
  if (chunks == 0) return;
  if (d.weight) gradient.finish(total, d.weight);
  if (d.bias) copy(channels, total + gradient.size(), d.bias, Into::accumulate);
}

}  // namespace detail

/// Gradients of y = activation(conv(x, weight) + bias).
template <class T>
void conv2d_backward(const Conv2dSizes& s, const Conv2dOperands<T>& in, const Conv2dGradients<T>& d) {
  const detail::WeightGradient<T> gradient(s);
  detail::with_transposed(s, in.weight, [&](const auto& transposed) {
    detail::backward_of_images(s, in, d, s.oh * s.ow, s.o, gradient, [&] {
      return [&, x = detail::Framed<T>(detail::input_frame(s), gradient.images()),
              upstream = detail::Framed<T>(transposed.frame(), 1)](Index first, Index count, const T* dz, T* sums) {
        if (d.weight) gradient.add(x(in.x + first * s.image_size(), count), dz, count, sums);
        for (Index n = 0; d.x && n < count; ++n)
          transposed(upstream(dz + n * s.result_size(), 1), Finish<T>{d.x_into}, d.x + (first + n) * s.image_size());
      };
    });
  });
}

/// Gradients of y = activation(conv_transpose(x, weight) + bias), where s are the sizes of the convolution from y to x.
template <class T>
void conv2d_transposed_backward(const Conv2dSizes& s, const Conv2dOperands<T>& in, const Conv2dGradients<T>& d) {
  const detail::WeightGradient<T> gradient(s);
  const detail::PackedConv2d<T> convolution(s, in.weight);
  detail::backward_of_images(s, in, d, s.h * s.w, s.c, gradient, [&] {
    return [&, upstream = detail::Framed<T>(detail::input_frame(s), gradient.images())](Index first, Index count,
                                                                                        const T* dz, T* sums) {
      const T* framed = upstream(dz, count);
      if (d.weight) gradient.add(framed, in.x + first * s.result_size(), count, sums);
      const Index step = convolution.frame().size();
      for (Index n = 0; d.x && n < count; ++n)
        convolution(framed + n * step, Finish<T>{d.x_into}, d.x + (first + n) * s.result_size());
    };
  });
}

}  // namespace latent::kernels
