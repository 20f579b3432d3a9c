#pragma once

#include "latent/kernels/conv2d.hpp"

/// The transposed convolution: the gradient of a convolution's input, and a layer of its own. Every input pixel
/// gathers from the outputs that it was part of, so no two threads write the same place.
namespace latent::kernels {

namespace detail {

/// One dimension, for the inputs i with (i + padding) % stride == phase: they stand at first, first + stride, .., and
/// the tap k adds the output number (i + padding) / stride - shift.
struct Phase {
  struct Tap {
    Index k, shift;
  };
  Index first, count, quotient;
  Buffer<Tap> taps;

  Phase(Index phase, Index size, Index kernel, Index stride, Index padding, Index dilation)
      : first(((phase - padding) % stride + stride) % stride),
        count(first < size ? (size - first + stride - 1) / stride : 0),
        quotient((first + padding) / stride) {
    for (Index k = 0; k < kernel; ++k)
      if (k * dilation % stride == phase) taps.push_back({k, k * dilation / stride});
  }
};

/// All phases of one dimension, and how far their taps reach beyond the outputs.
struct Phases {
  Buffer<Phase> all;
  Index before = 0;  ///< outputs that are missing before the first
  Index end;         ///< one behind the last output that is read

  Phases(Index size, Index outputs, Index kernel, Index stride, Index padding, Index dilation) : end(outputs) {
    all.reserve(static_cast<std::size_t>(stride));
    for (Index phase = 0; phase < stride; ++phase) {
      const Phase& p = all.emplace_back(phase, size, kernel, stride, padding, dilation);
      for (const Phase::Tap& tap : p.taps) {
        before = std::max(before, tap.shift - p.quotient);
        end = std::max(end, p.quotient + p.count - tap.shift);
      }
    }
  }
};

/// What both ways to compute a transposed convolution have in common.
struct TransposedSizes {
  Conv2dSizes s;
  Phases rows, columns;
  Frame frame;

  explicit TransposedSizes(const Conv2dSizes& sizes)
      : s(sizes),
        rows(s.h, s.oh, s.kh, s.stride_h, s.padding_h, s.dilation_h),
        columns(s.w, s.ow, s.kw, s.stride_w, s.padding_w, s.dilation_w),
        frame{s.oh, s.ow, s.o, rows.before, columns.before, rows.before + rows.end, columns.before + columns.end} {}

  /// The framed output pixel that a tap adds to the first input pixel of two phases.
  Index source(const Phase& row, const Phase& column, Index shift_h, Index shift_w) const {
    return (frame.top + row.quotient - shift_h) * frame.framed_w + frame.left + column.quotient - shift_w;
  }
};

/// With its weights packed, for one image at a time: one correlation for each pair of phases.
template <class T>
class PackedConv2dTransposed {
 public:
  PackedConv2dTransposed(const Conv2dSizes& sizes, const T* weight) : t_(sizes) {
    parts_.reserve(t_.rows.all.size() * t_.columns.all.size());
    for (const Phase& row : t_.rows.all)
      for (const Phase& column : t_.columns.all) add_part(row, column, weight);
  }

  Frame frame() const { return t_.frame; }

  void operator()(const T* framed, const Finish<T>& finish, T* dx) const {
    for (Index g = 0; g < t_.s.groups; ++g)
      for (const Correlation<T>& part : parts_)
        part.apply(g, framed + g * t_.s.group_o(),
                   {finish.into, finish.bias ? finish.bias + g * t_.s.group_c() : nullptr, finish.activation},
                   dx + g * t_.s.group_c());
  }

 private:
  void add_part(const Phase& row, const Phase& column, const T* weight) {
    const Conv2dSizes& s = t_.s;
    Correlation<T>& part = parts_.emplace_back();
    part.columns = s.group_c();
    for (Index i = 0; i < row.count; ++i)
      for (Index j = 0; j < column.count; ++j) {
        part.source.push_back((t_.source(row, column, 0, 0) + i * t_.frame.framed_w + j) * s.o);
        part.result.push_back(((row.first + i * s.stride_h) * s.w + column.first + j * s.stride_w) * s.c);
      }
    for (const Phase::Tap& tap_h : row.taps)
      for (const Phase::Tap& tap_w : column.taps)
        for (Index o = 0; o < s.group_o(); ++o)
          part.steps.push_back(o - (tap_h.shift * t_.frame.framed_w + tap_w.shift) * s.o);
    part.pack(s.groups, [&](Index g, Index j, Index columns, T* panel) {
      for (const Phase::Tap& tap_h : row.taps)
        for (const Phase::Tap& tap_w : column.taps) {
          const T* of_tap = weight + g * s.group_o() * s.group_c() * s.taps() + tap_h.k * s.kw + tap_w.k;
          pack_panel(MatrixIn<T>{of_tap, s.group_c() * s.taps(), s.taps()}, 0, s.group_o(), j, columns, panel);
          panel += s.group_o() * panel_width<T>(columns);
        }
    });
  }

  TransposedSizes t_;
  Buffer<Correlation<T>> parts_;
};

/// The same for few channels, which would leave most lanes of a register idle: here pixels fill the lanes. A product
/// gives for each channel and tap the plane of what every output pixel adds; each phase sums some shifted planes.
template <class T>
class PlanesConv2dTransposed {
 public:
  static bool suits(const Conv2dSizes& s) { return s.groups == 1 && 4 * s.c <= lanes<T>; }

  PlanesConv2dTransposed(const Conv2dSizes& sizes, const T* weight)
      : t_(sizes), weight_(weight), pixels_(t_.frame.framed_h * t_.frame.framed_w), plane_(pixels_ + lanes<T>) {
    const Index planes = t_.s.c * t_.s.taps();
    for (Index i = 0; i < planes; ++i) weight_rows_.push_back(i);
    for (Index i = 0; i < planes; ++i) plane_rows_.push_back(i * plane_);
    for (Index o = 0; o < t_.s.o; ++o) weight_steps_.push_back(o * planes);
  }

  Frame frame() const { return t_.frame; }

  void operator()(const T* framed, const Finish<T>& finish, T* dx) const {
    const Conv2dSizes& s = t_.s;
    const memory::Scratch<T> planes(s.c * s.taps() * plane_);
    const memory::Scratch<T> panel(s.o * panel_columns<T>);
    for (Index j = 0; j < pixels_; j += panel_columns<T>) {
      const Index columns = std::min(panel_columns<T>, pixels_ - j);
      pack_panel(MatrixIn<T>{framed, 1, s.o}, 0, s.o, j, columns, panel.data());
      multiply(LeftOperand<T>{weight_, weight_rows_.data(), weight_steps_.data()}, s.c * s.taps(), s.o, panel.data(),
               columns, {}, Results<T>{planes.data() + j, plane_rows_.data()});
    }
    for (const Phase& row : t_.rows.all)
      for (const Phase& column : t_.columns.all)
        for (Index c = 0; c < s.c; ++c) add_phase(row, column, c, planes.data(), finish, dx);
    if (finish.activation != Activation::none) activate(finish.activation, dx, s.image_size());
  }

 private:
  void add_phase(const Phase& row, const Phase& column, Index c, const T* planes, const Finish<T>& finish,
                 T* dx) const {
    const Conv2dSizes& s = t_.s;
    const Index framed_w = t_.frame.framed_w;
    const Index size = (row.count - 1) * framed_w + column.count;  // what lies between the lines does not count
    const memory::Scratch<T> sums(std::max<Index>(size, 0) + lanes<T>);
    std::fill_n(sums.data(), std::max<Index>(size, 0), finish.bias ? finish.bias[c] : T(0));
    for (const Phase::Tap& tap_h : row.taps)
      for (const Phase::Tap& tap_w : column.taps) {
        const T* plane = planes + (c * s.taps() + tap_h.k * s.kw + tap_w.k) * plane_ +
                         t_.source(row, column, tap_h.shift, tap_w.shift);
        for (Index i = 0; i < size; i += lanes<T>) store(sums.data() + i, load(sums.data() + i) + load(plane + i));
      }
    for (Index i = 0; i < row.count; ++i) {
      T* const to = dx + ((row.first + i * s.stride_h) * s.w + column.first) * s.c + c;
      const T* const from = sums.data() + i * framed_w;
      const Index step = s.stride_w * s.c;
      if (finish.into == Into::accumulate) {
        for (Index j = 0; j < column.count; ++j) to[j * step] += from[j];
      } else {
        for (Index j = 0; j < column.count; ++j) to[j * step] = from[j];
      }
    }
  }

  TransposedSizes t_;
  const T* weight_;  // [O, C taps], read as it is
  Index pixels_, plane_;
  Buffer<Index> weight_rows_, weight_steps_, plane_rows_;
};

/// Calls f with the way that suits.
template <class T, class F>
void with_transposed(const Conv2dSizes& s, const T* weight, F f) {
  if (PlanesConv2dTransposed<T>::suits(s)) {
    f(PlanesConv2dTransposed<T>(s, weight));
  } else {
    f(PackedConv2dTransposed<T>(s, weight));
  }
}

}  // namespace detail

/// dx = activation(conv_transpose(dy, weight) + bias), or dx += conv_transpose(dy, weight) + bias    bias [C]
template <class T>
void conv2d_transposed(const Conv2dSizes& s, const T* dy, const T* weight, const Finish<T>& finish, T* dx) {
  detail::with_transposed(s, weight, [&](const auto& packed) {
    detail::each_image(packed, s.n, s.work(), dy, s.result_size(), finish, dx, s.image_size());
  });
}

}  // namespace latent::kernels
