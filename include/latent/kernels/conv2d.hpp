#pragma once

#include "latent/kernels/conv2d_layout.hpp"
#include "latent/kernels/packed_weights.hpp"

/// Convolution of channels-last images. Its gradients are in conv2d_transposed.hpp and conv2d_backward.hpp.
namespace latent::kernels {

namespace detail {

/// Output pixels that are all computed alike, each a product of the window below it and packed weights. A convolution
/// is one of these; the gradient of its input is one for each phase of the stride.
template <class T>
struct IndirectConvolution {
  Buffer<Index> input_offsets;   ///< per pixel: where its window begins in the padded input
  Buffer<Index> output_offsets;  ///< per pixel: where its channels go
  Buffer<Index> k_offsets;       ///< per element of a window: where it is in the window
  Index channels;                ///< of an output pixel, in one group
  Buffer<T> weight;              ///< a packed matrix [window, channels] for each group

  /// Packs the weights of group after group; `append_rows(g, packer)` gives the rows of one.
  template <class F>
  void pack(Index groups, F append_rows) {
    weight.resize(static_cast<std::size_t>(groups * group_size()));
    for (Index g = 0; g < groups; ++g) {
      MatrixPacker<T> packer(std::ssize(k_offsets), channels, weight.data() + g * group_size());
      append_rows(g, packer);
    }
  }

  /// The pixels of one group.
  void operator()(Index g, const T* padded, const Epilogue<T>& epilogue, T* out) const {
    (*this)(g, 0, std::ssize(input_offsets), padded, epilogue, out);
  }

  /// The pixels [first, last) of one group.
  void operator()(Index g, Index first, Index last, const T* padded, const Epilogue<T>& epilogue, T* out) const {
    const PackedMatrix<T> packed(std::ssize(k_offsets), channels, weight.data() + g * group_size());
    packed.multiply({padded, input_offsets.data() + first, k_offsets.data()}, last - first, epilogue,
                    {out, output_offsets.data() + first});
  }

 private:
  Index group_size() const { return PackedMatrix<T>::size(std::ssize(k_offsets), channels); }
};

/// A convolution with its weights packed, for one image at a time.
template <class T>
class PackedConv2d {
 public:
  PackedConv2d(const Conv2dSizes& s, const T* weight) : s_(s) {
    convolution_.input_offsets = pixel_offsets(s);
    convolution_.k_offsets = im2col_offsets(s);
    convolution_.channels = s.group_o();
    convolution_.output_offsets.resize(static_cast<std::size_t>(s.oh * s.ow));
    fill_offsets(convolution_.output_offsets.data(), s.oh * s.ow, s.o);
    if (narrow_products<T>() && s.group_c() % 2 == 0) {
      pack_channels_last(weight);
      return;
    }
    convolution_.pack(s.groups, [&](Index g, MatrixPacker<T>& packer) {
      packer.append(MatrixView<T>{weight + g * s.group_o() * s.window(), 1, s.window()}, s.window());
    });
  }

  Padding padding() const { return input_padding(s_); }

  void operator()(const T* padded, const Epilogue<T>& epilogue, T* y) const {
    (*this)(0, s_.oh * s_.ow, padded, epilogue, y);
  }

  /// The output pixels [first, last).
  void operator()(Index first, Index last, const T* padded, const Epilogue<T>& epilogue, T* y) const {
    for (Index g = 0; g < s_.groups; ++g)
      convolution_(g, first, last, padded + g * s_.group_c(), epilogue.from_column(g * s_.group_o()),
                   y + g * s_.group_o());
  }

 private:
  /// Tap after tap: pairs of neighbouring elements of a window are then neighbours in the image.
  void pack_channels_last(const T* weight) {
    Index* offset = convolution_.k_offsets.data();
    const Buffer<Index> taps = im2col_offsets(s_);
    for (Index tap = 0; tap < s_.taps(); ++tap)
      for (Index c = 0; c < s_.group_c(); ++c) *offset++ = taps[static_cast<std::size_t>(tap)] + c;
    convolution_.pack(s_.groups, [&](Index g, MatrixPacker<T>& packer) {
      for (Index tap = 0; tap < s_.taps(); ++tap)
        packer.append(MatrixView<T>{weight + g * s_.group_o() * s_.window() + tap, s_.taps(), s_.window()},
                      s_.group_c());
    });
  }

  Conv2dSizes s_;
  IndirectConvolution<T> convolution_;
};

/// Padding is set up once for them, and 16 tasks keep threads busy.
inline Index images_of_task(Index n) { return std::max<Index>((n + 15) / 16, 1); }

/// Applies a packed convolution or transposed convolution to n images.
template <class T, class Packed>
void each_image(const Packed& packed, Index n, double work, const T* x, Index x_size, const Epilogue<T>& epilogue, T* y,
                Index y_size) {
  parallel_pieces(n, images_of_task(n), work, [&](Index first, Index last) {
    const PaddedImages<T> padded(packed.padding(), 1);
    for (Index i = first; i < last; ++i) packed(padded(x + i * x_size, 1), epilogue, y + i * y_size);
  });
}

/// Whether threads share the pixels of an image: so few images leave some without work, or with less than others.
inline bool shares_pixels(const Conv2dSizes& s) { return s.n <= 3 && s.work() >= 2 * least_work_of_a_thread; }

/// The same for few images of much work: all are padded, then their pixels are shared out.
template <class T>
void each_piece(const PackedConv2d<T>& packed, const Conv2dSizes& s, const T* x, const Epilogue<T>& epilogue, T* y) {
  const Padding padding = packed.padding();
  const PaddedImages<T> images(padding, s.n);
  const T* const padded = images(x, s.n);
  const Index pixels = s.oh * s.ow;
  const auto wanted = static_cast<Index>(std::min(s.work() / least_work_of_a_thread, 16.0));
  const Index pieces = std::clamp<Index>(pixels / mr, 1, wanted);  // a tile or more each
  parallel_for(s.n * pieces, s.work() / static_cast<double>(pieces), [&](Index task) {
    const Index image = task / pieces, piece = task % pieces;
    packed(pixels * piece / pieces, pixels * (piece + 1) / pieces, padded + image * padding.padded_size(), epilogue,
           y + image * s.y_size());
  });
}

/// Calls f with the weights packed as a P: that which was kept of them, or a new one.
template <class P, class T, class F>
void with_packed(const Conv2dSizes& s, const T* weight, F f) {
  Conv2dSizes image = s;
  image.n = 1;  // what is packed serves any number
  if (const P* kept = packed_weights<P>({weight}, image, [&] { return P(image, weight); })) return f(*kept);
  f(P(s, weight));
}

}  // namespace detail

/// y = activation(conv(x, weight) + bias), or y += conv(x, weight) + bias    bias [Out]
template <class T>
void conv2d(const Conv2dSizes& s, const T* x, const T* weight, const Epilogue<T>& epilogue, T* y) {
  detail::with_packed<detail::PackedConv2d<T>>(s, weight, [&](const detail::PackedConv2d<T>& packed) {
    if (detail::shares_pixels(s)) return detail::each_piece(packed, s, x, epilogue, y);
    detail::each_image(packed, s.n, s.work(), x, s.x_size(), epilogue, y, s.y_size());
  });
}

}  // namespace latent::kernels
