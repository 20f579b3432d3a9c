#pragma once

#include "latent/kernels/conv2d.hpp"
#include "latent/kernels/conv2d_col2im.hpp"
#include "latent/kernels/conv2d_direct.hpp"
#include "latent/kernels/conv2d_scatter.hpp"
#include "latent/kernels/reduce.hpp"

/// The transposed convolution: the gradient of a convolution's input, and a layer of its own. Every pixel of x gathers
/// from the pixels of y that it was part of, so no two threads write the same place.
namespace latent::kernels {

namespace detail {

/// With its weights packed, for one image at a time: one indirect convolution for each pair of phases.
template <class T>
class PackedConv2dTransposed {
 public:
  PackedConv2dTransposed(const Conv2dSizes& sizes, const T* weight) : phases_(sizes) {
    parts_.reserve(phases_.rows.all.size() * phases_.columns.all.size());
    for (const Phase& row : phases_.rows.all)
      for (const Phase& column : phases_.columns.all) add_part(row, column, weight);
  }

  const Padding& padding() const { return phases_.padding; }

  void operator()(const T* padded, const Epilogue<T>& epilogue, T* dx) const {
    const Conv2dSizes& s = phases_.s;
    for (Index g = 0; g < s.groups; ++g)
      for (const IndirectConvolution<T>& part : parts_)
        part(g, padded + g * s.group_o(), epilogue.from_column(g * s.group_c()), dx + g * s.group_c());
  }

 private:
  void add_part(const Phase& row, const Phase& column, const T* weight) {
    const Conv2dSizes& s = phases_.s;
    const Index padded_w = padding().padded_w;
    IndirectConvolution<T>& part = parts_.emplace_back();
    part.channels = s.group_c();
    for (Index i = 0; i < row.count; ++i)
      for (Index j = 0; j < column.count; ++j) {
        part.input_offsets.push_back((phases_.source(row, column, 0, 0) + i * padded_w + j) * s.o);
        part.output_offsets.push_back(((row.first + i * s.stride_h) * s.w + column.first + j * s.stride_w) * s.c);
      }
    for (const Phase::Tap& tap_h : row.taps)
      for (const Phase::Tap& tap_w : column.taps)
        for (Index o = 0; o < s.group_o(); ++o)
          part.k_offsets.push_back(o - (tap_h.shift * padded_w + tap_w.shift) * s.o);
    part.pack(s.groups, [&](Index g, MatrixPacker<T>& packer) {
      for (const Phase::Tap& tap_h : row.taps)
        for (const Phase::Tap& tap_w : column.taps) {
          const T* of_tap = weight + g * s.group_o() * s.window() + tap_h.k * s.kw + tap_w.k;
          packer.append(MatrixView<T>{of_tap, s.window(), s.taps()}, s.group_o());
        }
    });
  }

  Conv2dPhases phases_;
  Buffer<IndirectConvolution<T>> parts_;
};

/// Calls f with the weights prepared in the way that is faster, or, if not all are finite, in the one that adds no
/// zeros.
template <class T, class F>
void with_transposed(const Conv2dSizes& s, const T* weight, F f) {
  if (!all_finite(s.o * s.window(), weight)) {
    f(DirectConv2dTransposed<T>(s, weight));
  } else if (Col2imConv2dTransposed<T>::applicable(s)) {
    with_packed<Col2imConv2dTransposed<T>>(s, weight, f);
  } else if (ScatterConv2dTransposed<T>::applicable(s)) {
    with_packed<ScatterConv2dTransposed<T>>(s, weight, f);
  } else {
    with_packed<PackedConv2dTransposed<T>>(s, weight, f);
  }
}

}  // namespace detail

/// dx = activation(conv_transpose(dy, weight) + bias), or dx += conv_transpose(dy, weight) + bias    bias [C]
template <class T>
void conv2d_transposed(const Conv2dSizes& s, const T* dy, const T* weight, const Epilogue<T>& epilogue, T* dx) {
  detail::with_transposed(s, weight, [&](const auto& packed) {
    detail::each_image(packed, s.n, s.work(), dy, s.y_size(), epilogue, dx, s.x_size());
  });
}

}  // namespace latent::kernels
