#pragma once

#include "latent/kernels/conv2d_layout.hpp"

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
    const PackedMatrix<T> packed(std::ssize(k_offsets), channels, weight.data() + g * group_size());
    packed.multiply({padded, input_offsets.data(), k_offsets.data()}, std::ssize(input_offsets), epilogue,
                    {out, output_offsets.data()});
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
    for (Index g = 0; g < s_.groups; ++g)
      convolution_(g, padded + g * s_.group_c(), epilogue.from_column(g * s_.group_o()), y + g * s_.group_o());
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

/// Applies a packed convolution or transposed convolution to n images.
template <class T, class Packed>
void each_image(const Packed& packed, Index n, double work, const T* x, Index x_size, const Epilogue<T>& epilogue, T* y,
                Index y_size) {
  const Index images = (n + 15) / 16;  // of a task: padding is set up once for them, and 16 tasks keep threads busy
  parallel_pieces(n, std::max<Index>(images, 1), work, [&](Index first, Index last) {
    const PaddedImages<T> padded(packed.padding(), 1);
    for (Index i = first; i < last; ++i) packed(padded(x + i * x_size, 1), epilogue, y + i * y_size);
  });
}

}  // namespace detail

/// y = activation(conv(x, weight) + bias), or y += conv(x, weight) + bias    bias [Out]
template <class T>
void conv2d(const Conv2dSizes& s, const T* x, const T* weight, const Epilogue<T>& epilogue, T* y) {
  detail::each_image(detail::PackedConv2d<T>(s, weight), s.n, s.work(), x, s.x_size(), epilogue, y, s.y_size());
}

}  // namespace latent::kernels
