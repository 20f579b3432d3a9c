#pragma once

#include "latent/kernels/conv2d_layout.hpp"

namespace latent::kernels::detail {

/// The products of a convolution's weight gradient: for each group the windows [pixels, window], transposed, times the
/// gradients of the output [pixels, channels]. The tables of the forward serve with their roles exchanged.
template <class T>
class Conv2dWeightGradient {
 public:
  explicit Conv2dWeightGradient(const Conv2dSizes& s) : s_(s), window_offsets_(im2col_offsets(s)) {
    // Images that are small go through the micro-kernel several at a time, large ones in pieces.
    const Index pixels = s.oh * s.ow;
    images_ = std::clamp<Index>(most_pixels / std::max<Index>(pixels, 1), 1, std::max<Index>(s.n, 1));
    const Buffer<Index> of_image = pixel_offsets(s);
    const Index image = input_padding(s).padded_size();
    for (Index n = 0; n < images_; ++n)
      for (const Index offset : of_image) pixel_offsets_.push_back(n * image + offset);
    width_ = PackedMatrix<T>::size(1, s.group_o());
    sum_rows_.resize(window_offsets_.size());
    fill_offsets(sum_rows_.data(), s.window(), width_);
  }

  /// Images to add at a time.
  Index images() const { return images_; }

  /// Elements of a sum: for each group [window, channels filled up to whole registers].
  Index size() const { return s_.groups * s_.window() * width_; }

  /// Adds `count` padded images x and output gradients dy to sums.
  void add(const T* padded, const T* dy, Index count, T* sums) const {
    const Index pixels = count * s_.oh * s_.ow;
    const Index channels = s_.group_o();
    const memory::Scratch<T> storage(PackedMatrix<T>::size(std::min(pixels, most_pixels), channels));
    for (Index first = 0; first < pixels; first += most_pixels) {
      const Index depth = std::min(most_pixels, pixels - first);
      for (Index g = 0; g < s_.groups; ++g) {
        const PackedMatrix<T> right = packed(dy + first * s_.o + g * channels, depth, storage.data());
        right.multiply({padded + g * s_.group_c(), window_offsets_.data(), pixel_offsets_.data() + first}, s_.window(),
                       {WriteMode::accumulate}, {sums + g * s_.window() * width_, sum_rows_.data()});
      }
    }
  }

  /// dweight (+)= sums, from channels innermost to the order of the weights
  void finish(const T* sums, const Target<T>& dweight) const {
    const bool accumulate = dweight.mode == WriteMode::accumulate;
    T* to = dweight.data;
    for (Index g = 0; g < s_.groups; ++g, sums += s_.window() * width_)
      for (Index o = 0; o < s_.group_o(); ++o, to += s_.window())
        for (Index k = 0; k < s_.window(); ++k) to[k] = sums[k * width_ + o] + (accumulate ? to[k] : T(0));
  }

 private:
  static constexpr Index most_pixels = 512;  // of one product: sums are long enough, and dy's panel stays near

  /// With the zeros that fill its registers, for which sums have room.
  PackedMatrix<T> packed(const T* dy, Index depth, T* storage) const {
    const Index channels = s_.group_o();
    if (PackedMatrix<T>::lies_packed(channels, s_.o)) return {depth, width_, dy};
    MatrixPacker<T>(depth, channels, storage).append(MatrixView<T>{dy, s_.o}, depth);
    return {depth, width_, storage};
  }

  Conv2dSizes s_;
  Buffer<Index> window_offsets_, pixel_offsets_, sum_rows_;
  Index images_, width_;
};

}  // namespace latent::kernels::detail
