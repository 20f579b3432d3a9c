#pragma once

// Linear layers and convolutions as plain loops over numbers.

#include "lines.hpp"

namespace fuzz {

using latent::Activation;

/// Images [N, H, W, C] that have pixels.
inline void expect_images(const Array& x) { expect_shape(x.shape.rank() == 4 && x.shape[1] >= 1 && x.shape[2] >= 1); }

inline void expect_bias(const Array* bias, Index out) { expect_shape(!bias || bias->shape == Shape{out}); }

inline Array linear(Tape& tape, const Array& x, const Array& weight, const Array* bias, Activation activation) {
  expect_shape(weight.shape.rank() == 2 && x.shape.rank() >= 1 && x.shape.size(-1) == weight.shape[1]);
  const Index out = weight.shape[0], in = weight.shape[1];
  expect_bias(bias, out);
  Indices sizes = sizes_of(x.shape);
  sizes.back() = out;
  return make(sizes, [&](Indices at) {
    Sum total(tape);
    const Index o = at.back();
    if (bias) total.add((*bias)[o]);
    for (Index i = 0; i < in; ++i) {
      at.back() = i;
      total.add_product(element(x, at), weight[o * in + i]);
    }
    return activated(tape, total.result(), activation);
  });
}

/// Both directions of a window.
struct Window {
  Index kernel[2], stride[2], padding[2], dilation[2];
};

/// What stands around an image.
enum class Border { zeros, reflect, replicate, circular };

/// The size of an axis with its padding; refused where there is too little to fill it from.
inline Index padded_size(Index size, Index before, Index after, Border border) {
  const Index longest = std::max(before, after);
  if (border == Border::reflect) expect_shape(longest <= 0 || longest < size);
  if (border == Border::circular) expect_shape(longest <= size);
  if (border == Border::replicate) expect_shape(longest <= 0 || size >= 1);
  return before + size + after;
}

/// The element that stands at `at`, which may be beyond the ends; -1 for a zero.
inline Index within(Index at, Index size, Border border) {
  if (at >= 0 && at < size) return at;
  switch (border) {
    case Border::zeros: return -1;
    case Border::reflect: return at < 0 ? -at : 2 * (size - 1) - at;
    case Border::replicate: return at < 0 ? 0 : size - 1;
    case Border::circular: return at < 0 ? at + size : at - size;
  }
  return -1;
}

inline void expect_convolution(Index in, Index out, const Window& w, Index groups) {
  for (int d : {0, 1}) {
    expect_value(w.kernel[d] >= 1 && w.stride[d] >= 1 && w.dilation[d] >= 1);
    expect_value(w.padding[d] >= 0 || (w.padding[d] == latent::nn::same && w.stride[d] == 1));
  }
  expect_value(in >= 1 && out >= 1 && groups >= 1 && in % groups == 0 && out % groups == 0);
}

inline Array conv2d(Tape& tape, const Array& x, const Array& weight, const Array* bias, Index in, Index out, Window w,
                    Index groups, Activation activation, Border border_of) {
  expect_convolution(in, out, w, groups);
  const Index group_in = in / groups, group_out = out / groups;
  expect_shape(weight.shape == Shape{out, group_in, w.kernel[0], w.kernel[1]});
  expect_bias(bias, out);
  expect_images(x);
  expect_shape(x.shape[3] == in);
  Indices sizes = sizes_of(x.shape);
  for (int d : {0, 1}) {
    Index& size = sizes[1 + static_cast<std::size_t>(d)];
    const Index span = w.dilation[d] * (w.kernel[d] - 1);
    const bool same = w.padding[d] == latent::nn::same;
    if (same) w.padding[d] = span / 2;
    const Index room = padded_size(size, w.padding[d], same ? span - span / 2 : w.padding[d], border_of) - span - 1;
    expect_shape(room >= 0);
    size = room / w.stride[d] + 1;
  }
  sizes[3] = out;
  const Number border = tape.leaf(0);  // which makes infinite weights and gradients NaN
  return make(sizes, [&](const Indices& at) {
    Sum total(tape);
    if (bias) total.add((*bias)[at[3]]);
    each_place({w.kernel[0], w.kernel[1], group_in}, [&](const Indices& tap) {
      const Index row = within(at[1] * w.stride[0] + tap[0] * w.dilation[0] - w.padding[0], x.shape[1], border_of);
      const Index column = within(at[2] * w.stride[1] + tap[1] * w.dilation[1] - w.padding[1], x.shape[2], border_of);
      const bool outside = row < 0 || column < 0;
      total.add_product(outside ? border : element(x, {at[0], row, column, at[3] / group_out * group_in + tap[2]}),
                        element(weight, {at[3], tap[2], tap[0], tap[1]}));
    });
    return activated(tape, total.result(), activation);
  });
}

inline void expect_transposed(Index in, Index out, const Window& w, const Index (&extra)[2], Index groups) {
  for (int d : {0, 1}) {
    expect_value(w.padding[d] >= 0);
    expect_value(extra[d] >= 0 && (extra[d] < w.stride[d] || extra[d] < w.dilation[d]));
  }
  expect_convolution(in, out, w, groups);
}

inline Array conv_transpose2d(Tape& tape, const Array& x, const Array& weight, const Array* bias, Index in, Index out,
                              const Window& w, const Index (&extra)[2], Index groups, Activation activation) {
  expect_transposed(in, out, w, extra, groups);
  const Index group_in = in / groups, group_out = out / groups;
  expect_shape(weight.shape == Shape{in, group_out, w.kernel[0], w.kernel[1]});
  expect_bias(bias, out);
  expect_images(x);
  expect_shape(x.shape[3] == in);
  Indices sizes = sizes_of(x.shape);
  for (int d : {0, 1}) {
    Index& size = sizes[1 + static_cast<std::size_t>(d)];
    size = (size - 1) * w.stride[d] - 2 * w.padding[d] + w.dilation[d] * (w.kernel[d] - 1) + extra[d] + 1;
    expect_shape(size >= 1);
  }
  sizes[3] = out;
  std::vector<Sum> sums(static_cast<std::size_t>(shape_of(sizes).numel()), Sum(tape));
  const auto sum_at = [&](Index n, Index i, Index j, Index o) -> Sum& {
    return sums[static_cast<std::size_t>(((n * sizes[1] + i) * sizes[2] + j) * out + o)];
  };
  if (bias) each_place(sizes, [&](const Indices& at) { sum_at(at[0], at[1], at[2], at[3]).add((*bias)[at[3]]); });
  each_place(sizes_of(x.shape), [&](const Indices& from) {  // every pixel paints the weights
    each_place({w.kernel[0], w.kernel[1], group_out}, [&](const Indices& tap) {
      const Index row = from[1] * w.stride[0] + tap[0] * w.dilation[0] - w.padding[0];
      const Index column = from[2] * w.stride[1] + tap[1] * w.dilation[1] - w.padding[1];
      const Index inside_row = std::clamp<Index>(row, 0, sizes[1] - 1);
      const Index inside_column = std::clamp<Index>(column, 0, sizes[2] - 1);
      const bool outside = row != inside_row || column != inside_column;
      const Number& pixel = element(x, from);  // beyond the border times 0, which is NaN if it is infinite
      sum_at(from[0], inside_row, inside_column, from[3] / group_in * group_out + tap[2])
          .add_product(outside ? scaled(tape, pixel, 0) : pixel, element(weight, {from[3], tap[2], tap[0], tap[1]}));
    });
  });
  Array y{shape_of(sizes), {}};
  for (const Sum& total : sums) y.elements.push_back(activated(tape, total.result(), activation));
  return y;
}

/// Sequences [N, T, C] as images of one line, weights of theirs likewise, and back.
inline Array with_line(const Array& x, Index before) {
  expect_shape(x.shape.rank() == 3);
  Indices sizes = sizes_of(x.shape);
  sizes.insert(sizes.begin() + before, 1);
  return {shape_of(sizes), x.elements};
}
inline Array as_lines(const Array& x) { return with_line(x, 1); }
inline Array without_lines(const Array& y) { return {{y.shape[0], y.shape[2], y.shape[3]}, y.elements}; }

}  // namespace fuzz
