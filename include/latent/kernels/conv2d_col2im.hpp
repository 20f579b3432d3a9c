#pragma once

#include "latent/kernels/conv2d_phases.hpp"

namespace latent::kernels::detail {

/// The transposed convolution the col2im way, for few channels, which would leave most lanes of a register idle: here
/// pixels fill the lanes. One product gives for each channel and tap the plane of what every pixel of y adds; then each
/// phase is a sum of some shifted planes.
template <class T>
class Col2imConv2dTransposed {
 public:
  /// Whether it is the faster way: with more channels than half a register the planes cost more than idle lanes.
  static bool applicable(const Conv2dSizes& s) { return s.groups == 1 && 2 * s.c <= lanes<T>; }

  Col2imConv2dTransposed(const Conv2dSizes& s, const T* weight)
      : phases_(s), weight_(weight), pixels_(padding().padded_h * padding().padded_w), plane_(pixels_ + lanes<T>) {
    const Index planes = s.window();
    weight_rows_.resize(static_cast<std::size_t>(planes));
    plane_rows_.resize(static_cast<std::size_t>(planes));
    weight_k_offsets_.resize(static_cast<std::size_t>(s.o));
    fill_offsets(weight_rows_.data(), planes, 1);
    fill_offsets(plane_rows_.data(), planes, plane_);
    fill_offsets(weight_k_offsets_.data(), s.o, planes);
  }

  const Padding& padding() const { return phases_.padding; }

  void operator()(const T* padded, const Epilogue<T>& epilogue, T* dx) const {
    const Conv2dSizes& s = phases_.s;
    const memory::Scratch<T> planes(s.window() * plane_);
    const memory::Scratch<T> storage(PackedMatrix<T>::size(s.o, pixels_));
    MatrixPacker<T> pixels(s.o, pixels_, storage.data());
    pixels.append(MatrixView<T>{padded, 1, s.o}, s.o);
    pixels.multiply({weight_, weight_rows_.data(), weight_k_offsets_.data()}, s.window(), {},
                    {planes.data(), plane_rows_.data()});
    for (const Phase& row : phases_.rows.all)
      for (const Phase& column : phases_.columns.all)
        for (Index c = 0; c < s.c; ++c) add_phase(row, column, c, planes.data(), epilogue, dx);
    activate(epilogue.activation, dx, s.x_size());
  }

 private:
  void add_phase(const Phase& row, const Phase& column, Index c, const T* planes, const Epilogue<T>& epilogue,
                 T* dx) const {
    const Conv2dSizes& s = phases_.s;
    const Index padded_w = padding().padded_w;
    // What lies between the lines does not count, and is summed as well.
    const Index size = std::max<Index>((row.count - 1) * padded_w + column.count, 0);
    const memory::Scratch<T> sums(size + lanes<T>);
    std::fill_n(sums.data(), size, epilogue.bias ? epilogue.bias[c] : T(0));
    for (const Phase::Tap& tap_h : row.taps)
      for (const Phase::Tap& tap_w : column.taps) {
        const T* plane = planes + (c * s.taps() + tap_h.k * s.kw + tap_w.k) * plane_ +
                         phases_.source(row, column, tap_h.shift, tap_w.shift);
        for (Index i = 0; i < size; i += lanes<T>) store(sums.data() + i, load(sums.data() + i) + load(plane + i));
      }
    for (Index i = 0; i < row.count; ++i) {
      T* const to = dx + ((row.first + i * s.stride_h) * s.w + column.first) * s.c + c;
      const T* const from = sums.data() + i * padded_w;
      const Index stride = s.stride_w * s.c;
      if (epilogue.mode == WriteMode::accumulate) {
        for (Index j = 0; j < column.count; ++j) to[j * stride] += from[j];
      } else {
        for (Index j = 0; j < column.count; ++j) to[j * stride] = from[j];
      }
    }
  }

  Conv2dPhases phases_;
  const T* weight_;  // [O, C taps], read as it is
  Index pixels_, plane_;
  Buffer<Index> weight_rows_, weight_k_offsets_, plane_rows_;
};

}  // namespace latent::kernels::detail
