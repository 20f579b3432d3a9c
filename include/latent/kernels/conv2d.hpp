#pragma once

#include <vector>

#include "latent/core/memory.hpp"
#include "latent/kernels/gemm.hpp"

/// Convolution of channels-last images and its two gradients. With the roles of input and output exchanged they
/// are the transposed convolution as well.
namespace latent::kernels {

/// x [N, H, W, C], weight [Out, C / groups, KH, KW], y [N, OH, OW, Out]
///
///     y[n, i, j, o] = sum over kh, kw, c of x[n, i stride_h + kh dilation_h - padding_h, .., c] weight[o, c, kh, kw]
struct Conv2dSizes {
  Index n, h, w, c;
  Index oh, ow, o;
  Index kh, kw;
  Index stride_h = 1, stride_w = 1;
  Index padding_h = 0, padding_w = 0;
  Index dilation_h = 1, dilation_w = 1;
  Index groups = 1;

  /// Multiply-adds of one image, padding counted.
  double work() const { return static_cast<double>(oh * ow * o * kh * kw) * static_cast<double>(c / groups); }
};

namespace detail {

template <class T>
using Buffer = std::vector<T, memory::Allocator<T>>;

inline Index panel_width(Index columns_left, Index lane_count) {
  return columns_left > lane_count ? 2 * lane_count : lane_count;
}

inline Index round_up(Index x, Index multiple) { return (x + multiple - 1) / multiple * multiple; }

/// An image with a frame of zeros around it, so that no window has to be cut at the edge.
struct Frame {
  Index h, w, c;                   ///< the image
  Index top, left;                 ///< zeros above and before it
  Index framed_h, framed_w;        ///< sizes with the frame

  Index size() const { return framed_h * framed_w * c; }
  bool empty() const { return framed_h == h && framed_w == w; }

  /// The framed image: in `space`, or the image itself where there is no frame.
  template <class T>
  const T* apply(const T* image, T* space) const {
    if (empty()) return image;
    std::fill_n(space, size(), T(0));
    for (Index i = 0; i < h; ++i) std::copy_n(image + i * w * c, w * c, space + ((top + i) * framed_w + left) * c);
    return space;
  }
};

/// Result pixels that are all computed alike: each is a sum over `taps`, and each tap reads `run` neighbouring
/// numbers. A convolution is one such correlation; the gradient of its input one for each phase of the stride.
template <class T>
struct Correlation {
  Buffer<Index> source;  ///< per pixel: where its window begins in the framed source
  Buffer<Index> result;  ///< per pixel: where its numbers go
  Buffer<Index> taps;    ///< per tap: where its run begins in the window
  Index run = 0;         ///< numbers per tap
  Index columns = 0;     ///< numbers of a result pixel
  Buffer<T> weight;      ///< panels of columns: [taps, run, panel width], filled up with zeros

  /// Packs the weights: `at(tap, i, column)` is the one for number i of a tap.
  template <class F>
  void pack(F at) {
    weight.assign(taps.size() * static_cast<std::size_t>(run * round_up(columns, lanes<T>)), T(0));
    T* to = weight.data();
    for (Index j = 0; j < columns; j += panel_width(columns - j, lanes<T>)) {
      const Index width = panel_width(columns - j, lanes<T>);
      for (std::size_t tap = 0; tap < taps.size(); ++tap)
        for (Index i = 0; i < run; ++i, to += width)
          for (Index lane = 0; lane < std::min(width, columns - j); ++lane) to[lane] = at(tap, i, j + lane);
    }
  }

  /// result pixels = bias + sums, or result pixels += sums. `bias` may be null.
  void apply(const T* from, const T* bias, Into into, T* to) const {
    const T* panel = weight.data();
    for (Index j = 0; j < columns; j += panel_width(columns - j, lanes<T>)) {
      const Index width = panel_width(columns - j, lanes<T>);
      if (width == lanes<T>) {
        apply_panel<1>(from, panel, bias ? bias + j : nullptr, std::min(width, columns - j), into, to + j);
      } else {
        apply_panel<2>(from, panel, bias ? bias + j : nullptr, std::min(width, columns - j), into, to + j);
      }
      panel += std::ssize(taps) * run * width;
    }
  }

 private:
  template <int Vectors>
  void apply_panel(const T* from, const T* panel, const T* bias, Index valid, Into into, T* to) const {
    constexpr Index width = Vectors * lanes<T>;
    alignas(64) T start[width] = {};
    if (bias) std::copy_n(bias, valid, start);
    const Index pixels = std::ssize(source);
    for (Index p = 0; p < pixels; p += tile_rows) {
      const Index rows = std::min(tile_rows, pixels - p);
      RowOffsets window;
      for (Index r = 0; r < tile_rows; ++r)
        window[static_cast<std::size_t>(r)] = source[static_cast<std::size_t>(p + std::min(r, rows - 1))];
      Tile<T, Vectors> tile;
      tile.broadcast(start);
      tile.add_runs(from, window, 1, taps, panel, width, run);
      tile.write(rows, valid, into, [&](Index r) { return to + result[static_cast<std::size_t>(p + r)]; });
    }
  }
};

inline Frame input_frame(const Conv2dSizes& s) {
  return {s.h, s.w, s.c, s.padding_h, s.padding_w, s.h + 2 * s.padding_h, s.w + 2 * s.padding_w};
}

/// One dimension of the gradient of the input, for the inputs i with (i + padding) % stride == phase: they stand
/// at first, first + stride, .., and the tap k adds the output number (i + padding) / stride - shift.
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

}  // namespace detail

/// y (+)= conv(x, weight) + bias    bias [Out] or null
template <class T>
void conv2d(const Conv2dSizes& s, const T* x, const T* weight, const T* bias, Into into, T* y) {
  const detail::Frame frame = detail::input_frame(s);
  const Index group_c = s.c / s.groups;
  const Index group_o = s.o / s.groups;
  // Neighbouring taps of a row are one run where their numbers are neighbours too.
  const bool merged = s.dilation_w == 1 && s.groups == 1;
  const Index taps_w = merged ? 1 : s.kw;

  std::vector<detail::Correlation<T>> groups(static_cast<std::size_t>(s.groups));
  for (Index g = 0; g < s.groups; ++g) {
    detail::Correlation<T>& part = groups[static_cast<std::size_t>(g)];
    for (Index i = 0; i < s.oh; ++i)
      for (Index j = 0; j < s.ow; ++j) {
        part.source.push_back((i * s.stride_h * frame.framed_w + j * s.stride_w) * s.c + g * group_c);
        part.result.push_back((i * s.ow + j) * s.o + g * group_o);
      }
    for (Index kh = 0; kh < s.kh; ++kh)
      for (Index kw = 0; kw < taps_w; ++kw)
        part.taps.push_back((kh * s.dilation_h * frame.framed_w + kw * s.dilation_w) * s.c);
    part.run = merged ? s.kw * group_c : group_c;
    part.columns = group_o;
    part.pack([&](std::size_t tap, Index i, Index column) {
      const Index kh = static_cast<Index>(tap) / taps_w;
      const Index kw = merged ? i / group_c : static_cast<Index>(tap) % taps_w;
      return weight[(((g * group_o + column) * group_c + i % group_c) * s.kh + kh) * s.kw + kw];
    });
  }
  parallel_for(s.n, s.work(), [&](Index n) {
    const memory::Scratch<T> space(frame.empty() ? 0 : frame.size());
    const T* image = frame.apply(x + n * s.h * s.w * s.c, space.data());
    for (Index g = 0; g < s.groups; ++g)
      groups[static_cast<std::size_t>(g)].apply(image, bias ? bias + g * group_o : nullptr, into,
                                                y + n * s.oh * s.ow * s.o);
  });
}

namespace detail {

/// The same for few channels, which would leave most lanes of a register idle: one product gives all numbers that an
/// output pixel sends, and these are added where they belong.
template <class T>
void conv2d_transposed_few(const Conv2dSizes& s, const T* dy, const T* weight, const T* bias, Into into, T* dx) {
  const Index pixels = s.oh * s.ow;
  const Index taps = s.kh * s.kw;
  const Index width = panel_width(s.c * taps, lanes<T>);
  const memory::Scratch<T> panel(s.o * panel_columns<T>);
  pack_panel(MatrixIn<T>{weight, s.c * taps}, 0, s.o, 0, s.c * taps, panel.data());
  // Numbers are sent into a frame that holds whatever lands outside of the image.
  const Index framed_h = std::max((s.oh - 1) * s.stride_h + (s.kh - 1) * s.dilation_h + 1, s.h + s.padding_h);
  const Index framed_w = std::max((s.ow - 1) * s.stride_w + (s.kw - 1) * s.dilation_w + 1, s.w + s.padding_w);
  Buffer<Index> targets;  // in the order of the weight: channel, row, column
  for (Index c = 0; c < s.c; ++c)
    for (Index kh = 0; kh < s.kh; ++kh)
      for (Index kw = 0; kw < s.kw; ++kw) targets.push_back((kh * s.dilation_h * framed_w + kw * s.dilation_w) * s.c + c);

  parallel_for(s.n, s.work(), [&](Index n) {
    const memory::Scratch<T> sent(pixels * width);
    const memory::Scratch<T> frame(framed_h * framed_w * s.c);
    multiply_panel(MatrixIn<T>{dy + n * pixels * s.o, s.o}, pixels, s.o, panel.data(), width,
                   static_cast<const T*>(nullptr), sent.data(), width, Into::overwrite);
    std::fill_n(frame.data(), framed_h * framed_w * s.c, T(0));
    for (Index p = 0; p < pixels; ++p) {
      T* corner = frame.data() + (p / s.ow * s.stride_h * framed_w + p % s.ow * s.stride_w) * s.c;
      for (std::size_t i = 0; i < targets.size(); ++i) corner[targets[i]] += sent[p * width + static_cast<Index>(i)];
    }
    for (Index h = 0; h < s.h; ++h) {
      T* to = dx + (n * s.h + h) * s.w * s.c;
      const T* from = frame.data() + ((h + s.padding_h) * framed_w + s.padding_w) * s.c;
      for (Index i = 0; i < s.w * s.c; ++i)
        to[i] = (into == Into::accumulate ? to[i] : T(0)) + (bias ? bias[i % s.c] : T(0)) + from[i];
    }
  });
}

}  // namespace detail

/// The gradient of the convolution's input: dx (+)= conv_transpose(dy, weight) + bias    bias [C] or null
/// Every input pixel gathers from the outputs that it was part of, so no two threads write the same place.
template <class T>
void conv2d_transposed(const Conv2dSizes& s, const T* dy, const T* weight, const T* bias, Into into, T* dx) {
  if (s.groups == 1 && 4 * s.c <= lanes<T> && s.c * s.kh * s.kw <= 2 * lanes<T>)
    return detail::conv2d_transposed_few(s, dy, weight, bias, into, dx);
  const Index group_c = s.c / s.groups;
  const Index group_o = s.o / s.groups;
  const Index top = (s.kh - 1) * s.dilation_h / s.stride_h;
  const Index left = (s.kw - 1) * s.dilation_w / s.stride_w;
  const detail::Frame frame{s.oh, s.ow, s.o, top, left,
                            top + std::max(s.oh, (s.h - 1 + s.padding_h) / s.stride_h + 1),
                            left + std::max(s.ow, (s.w - 1 + s.padding_w) / s.stride_w + 1)};

  std::vector<detail::Correlation<T>> parts;
  for (Index phase_h = 0; phase_h < s.stride_h; ++phase_h)
    for (Index phase_w = 0; phase_w < s.stride_w; ++phase_w) {
      const detail::Phase rows(phase_h, s.h, s.kh, s.stride_h, s.padding_h, s.dilation_h);
      const detail::Phase columns(phase_w, s.w, s.kw, s.stride_w, s.padding_w, s.dilation_w);
      for (Index g = 0; g < s.groups; ++g) {
        detail::Correlation<T>& part = parts.emplace_back();
        for (Index i = 0; i < rows.count; ++i)
          for (Index j = 0; j < columns.count; ++j) {
            part.source.push_back(((rows.quotient + i) * frame.framed_w + columns.quotient + j) * s.o + g * group_o);
            part.result.push_back(
                ((rows.first + i * s.stride_h) * s.w + columns.first + j * s.stride_w) * s.c + g * group_c);
          }
        for (const auto& tap_h : rows.taps)
          for (const auto& tap_w : columns.taps)
            part.taps.push_back(((top - tap_h.shift) * frame.framed_w + left - tap_w.shift) * s.o);
        part.run = group_o;
        part.columns = group_c;
        part.pack([&](std::size_t tap, Index i, Index column) {
          const Index kh = rows.taps[tap / columns.taps.size()].k;
          const Index kw = columns.taps[tap % columns.taps.size()].k;
          return weight[(((g * group_o + i) * group_c + column) * s.kh + kh) * s.kw + kw];
        });
      }
    }
  parallel_for(s.n, s.work(), [&](Index n) {
    const memory::Scratch<T> space(frame.empty() ? 0 : frame.size());
    const T* image = frame.apply(dy + n * s.oh * s.ow * s.o, space.data());
    for (std::size_t part = 0; part < parts.size(); ++part) {
      const Index g = static_cast<Index>(part) % s.groups;
      parts[part].apply(image, bias ? bias + g * group_c : nullptr, into, dx + n * s.h * s.w * s.c);
    }
  });
}

namespace detail {

/// partial [rows, width] += sum over the output pixels of one image of framed x [row offset + pixel] dy [pixel, column]
/// Each of `lines`, where an output line begins in the framed x, is one run of pixels.
template <int Vectors, class T>
void add_weight_products(const Conv2dSizes& s, const T* image, const Buffer<Index>& rows, const Buffer<Index>& lines,
                         const T* dy, Index dy_step, T* partial) {
  constexpr Index width = Vectors * lanes<T>;
  for (Index first = 0; first < std::ssize(rows); first += tile_rows) {
    const Index valid = std::min(tile_rows, std::ssize(rows) - first);
    RowOffsets row;
    for (Index r = 0; r < tile_rows; ++r)
      row[static_cast<std::size_t>(r)] = rows[static_cast<std::size_t>(first + std::min(r, valid - 1))];
    Tile<T, Vectors> tile;
    tile.zero();
    tile.add_runs(image, row, s.stride_w * s.c, lines, dy, dy_step, s.ow);
    tile.write(valid, width, Into::accumulate, [&](Index r) { return partial + (first + r) * width; });
  }
}

}  // namespace detail

/// dweight += gradient of conv(x, weight) for the upstream gradient dy
/// The images are cut into a few chunks whose sums are added in order.
template <class T>
void conv2d_weight_gradient(const Conv2dSizes& s, const T* x, const T* dy, T* dweight) {
  const detail::Frame frame = detail::input_frame(s);
  const Index group_c = s.c / s.groups;
  const Index group_o = s.o / s.groups;
  const Index pixels = s.oh * s.ow;
  const Index taps = s.kh * s.kw;
  const Index rows = taps * group_c;
  const Index padded_o = detail::round_up(group_o, lanes<T>);
  const Index partial_size = s.groups * rows * padded_o;

  std::vector<detail::Buffer<Index>> row_offsets(static_cast<std::size_t>(s.groups));
  for (Index g = 0; g < s.groups; ++g)
    for (Index kh = 0; kh < s.kh; ++kh)
      for (Index kw = 0; kw < s.kw; ++kw)
        for (Index c = 0; c < group_c; ++c)
          row_offsets[static_cast<std::size_t>(g)].push_back(
              (kh * s.dilation_h * frame.framed_w + kw * s.dilation_w) * s.c + g * group_c + c);

  detail::Buffer<Index> lines;
  for (Index i = 0; i < s.oh; ++i) lines.push_back(i * s.stride_h * frame.framed_w * s.c);

  const Index chunk = (s.n + 7) / 8;
  const Index chunks = chunk ? (s.n + chunk - 1) / chunk : 0;
  const memory::Scratch<T> partial(chunks * partial_size);
  parallel_for(chunks, static_cast<double>(chunk) * s.work(), [&](Index number) {
    const memory::Scratch<T> space(frame.empty() ? 0 : frame.size());
    const memory::Scratch<T> columns(pixels * 2 * lanes<T>);
    T* const sums = partial.data() + number * partial_size;
    std::fill_n(sums, partial_size, T(0));
    for (Index n = number * chunk; n < std::min(s.n, (number + 1) * chunk); ++n) {
      const T* image = frame.apply(x + n * s.h * s.w * s.c, space.data());
      T* to = sums;
      for (Index g = 0; g < s.groups; ++g)
        for (Index j = 0; j < group_o; j += detail::panel_width(group_o - j, lanes<T>)) {
          const Index width = detail::panel_width(group_o - j, lanes<T>);
          const T* right = dy + n * pixels * s.o + g * group_o + j;
          Index step = s.o;
          if (group_o - j < width) {  // full registers would read beyond these columns
            std::fill_n(columns.data(), pixels * width, T(0));
            for (Index p = 0; p < pixels; ++p) std::copy_n(right + p * s.o, group_o - j, columns.data() + p * width);
            right = columns.data();
            step = width;
          }
          const auto& offsets = row_offsets[static_cast<std::size_t>(g)];
          if (width == lanes<T>) {
            detail::add_weight_products<1>(s, image, offsets, lines, right, step, to);
          } else {
            detail::add_weight_products<2>(s, image, offsets, lines, right, step, to);
          }
          to += rows * width;
        }
    }
  });

  for (Index number = 0; number < chunks; ++number) {
    const T* from = partial.data() + number * partial_size;
    for (Index g = 0; g < s.groups; ++g)
      for (Index j = 0; j < group_o; j += detail::panel_width(group_o - j, lanes<T>)) {
        const Index width = detail::panel_width(group_o - j, lanes<T>);
        for (Index tap = 0; tap < taps; ++tap)
          for (Index c = 0; c < group_c; ++c, from += width)
            for (Index lane = 0; lane < std::min(width, group_o - j); ++lane)
              dweight[((g * group_o + j + lane) * group_c + c) * taps + tap] += from[lane];
      }
  }
}

}  // namespace latent::kernels
