#pragma once

#include "latent/kernels/conv2d_layout.hpp"

/// The phases of a strided transposed convolution. With stride s, the pixels of x whose places (counted from the edge
/// of the padding) leave the same rest when divided by s are reached by the same taps of the kernel; those are one
/// phase. Within a phase the transposed convolution is a plain convolution of y with some of the taps.
namespace latent::kernels::detail {

/// One dimension, for the pixels i of x with (i + padding) % stride == phase: they stand at first, first + stride, ..,
/// and the tap k adds the output number (i + padding) / stride - shift.
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

/// The phases of both dimensions, and the padding of y that they need.
struct Conv2dPhases {
  Conv2dSizes s;
  Phases rows, columns;
  Padding padding;

  explicit Conv2dPhases(const Conv2dSizes& sizes)
      : s(sizes),
        rows(s.h, s.oh, s.kh, s.stride_h, s.padding_h, s.dilation_h),
        columns(s.w, s.ow, s.kw, s.stride_w, s.padding_w, s.dilation_w),
        padding{s.oh, s.ow, s.o, rows.before, columns.before, rows.before + rows.end, columns.before + columns.end} {}

  /// The padded output pixel that a tap adds to the first input pixel of two phases.
  Index source(const Phase& row, const Phase& column, Index shift_h, Index shift_w) const {
    return (padding.top + row.quotient - shift_h) * padding.padded_w + padding.left + column.quotient - shift_w;
  }
};

}  // namespace latent::kernels::detail
