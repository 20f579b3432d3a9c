#pragma once

// Linear layers and convolutions as plain loops over numbers.

#include "interpreter.hpp"

namespace fuzz {

using latent::Activation;

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

inline Array conv2d(Tape& tape, const Array& x, const Array& weight, const Array* bias, Index in, Index out,
                    const Window& w, Index groups, Activation activation) {
  for (int d : {0, 1}) expect_value(w.kernel[d] >= 1 && w.stride[d] >= 1 && w.dilation[d] >= 1 && w.padding[d] >= 0);
  expect_value(in >= 1 && out >= 1 && groups >= 1 && in % groups == 0 && out % groups == 0);
  const Index group_in = in / groups, group_out = out / groups;
  expect_shape(weight.shape == Shape{out, group_in, w.kernel[0], w.kernel[1]});
  expect_bias(bias, out);
  expect_shape(x.shape.rank() == 4 && x.shape[3] == in);
  Indices sizes = sizes_of(x.shape);
  for (int d : {0, 1}) {
    const Index room =
        sizes[1 + static_cast<std::size_t>(d)] + 2 * w.padding[d] - w.dilation[d] * (w.kernel[d] - 1) - 1;
    expect_shape(room >= 0);
    sizes[1 + static_cast<std::size_t>(d)] = room / w.stride[d] + 1;
  }
  sizes[3] = out;
  const Number border = tape.leaf(0);  // which makes infinite weights and gradients NaN
  return make(sizes, [&](const Indices& at) {
    Sum total(tape);
    if (bias) total.add((*bias)[at[3]]);
    each_place({w.kernel[0], w.kernel[1], group_in}, [&](const Indices& tap) {
      const Index row = at[1] * w.stride[0] + tap[0] * w.dilation[0] - w.padding[0];
      const Index column = at[2] * w.stride[1] + tap[1] * w.dilation[1] - w.padding[1];
      const bool outside = row < 0 || row >= x.shape[1] || column < 0 || column >= x.shape[2];
      total.add_product(outside ? border : element(x, {at[0], row, column, at[3] / group_out * group_in + tap[2]}),
                        element(weight, {at[3], tap[2], tap[0], tap[1]}));
    });
    return activated(tape, total.result(), activation);
  });
}

inline Array conv_transpose2d(Tape& tape, const Array& x, const Array& weight, const Array* bias, Index in, Index out,
                              const Window& w, const Index (&extra)[2], Index groups, Activation activation) {
  for (int d : {0, 1}) {
    expect_value(w.kernel[d] >= 1 && w.stride[d] >= 1 && w.dilation[d] >= 1 && w.padding[d] >= 0);
    expect_value(extra[d] >= 0 && (extra[d] < w.stride[d] || extra[d] < w.dilation[d]));
  }
  expect_value(in >= 1 && out >= 1 && groups >= 1 && in % groups == 0 && out % groups == 0);
  const Index group_in = in / groups, group_out = out / groups;
  expect_shape(weight.shape == Shape{in, group_out, w.kernel[0], w.kernel[1]});
  expect_bias(bias, out);
  expect_shape(x.shape.rank() == 4 && x.shape[3] == in && x.shape[1] >= 1 && x.shape[2] >= 1);
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

}  // namespace fuzz
