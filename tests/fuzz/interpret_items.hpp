#pragma once

// What items of several steps are for the interpreter.

#include "library.hpp"

namespace fuzz::detail {

inline Arrays interpret_lstm(Tape& tape, const Inputs& in, const Item& item) {
  const Index features = item.options[0], hidden = item.options[1], layers = (std::ssize(in) - 3) / 4;
  expect_value(features >= 1 && hidden >= 1);
  const Array& x = *in[0];
  expect_shape(x.shape.rank() == 3 && x.shape[2] == features && x.shape[1] >= 1);
  const Index n = x.shape[0];
  for (const Array* state : {in[1], in[2]}) expect_shape(!state || state->shape == Shape{layers, n, hidden});
  Array y = x, all_h{{layers, n, hidden}, {}}, all_c = all_h;
  for (Index layer = 0; layer < layers; ++layer) {
    const Array* const* p = in.data() + 3 + 4 * layer;
    const Index width = p[1]->shape.rank() == 2 ? p[1]->shape[1] : 0;
    expect_shape(width == hidden && p[0]->shape == Shape{4 * hidden, y.shape[2]} &&
                 p[1]->shape == Shape{4 * hidden, hidden});
    for (const Array* bias : {p[2], p[3]}) expect_shape(!bias || bias->shape == Shape{4 * hidden});
    const auto initial = [&](const Array* state) {
      return make({n, hidden}, [&](const Indices& at) {
        return state ? element(*state, {layer, at[0], at[1]}) : tape.leaf(0);
      });
    };
    Array h = initial(in[1]), c = initial(in[2]);
    y = lstm_layer(tape, y, h, c, *p[0], *p[1], p[2], p[3]);
    all_h.elements.insert(all_h.elements.end(), h.elements.begin(), h.elements.end());
    all_c.elements.insert(all_c.elements.end(), c.elements.begin(), c.elements.end());
  }
  return {y, all_h, all_c};
}

/// The mean or sum of f(a, b) over two arrays of one shape.
template <class F>
Array interpret_loss(Tape& tape, const Inputs& in, const Item& item, F f) {
  expect_shape(in[0]->shape == in[1]->shape);
  Array each{in[0]->shape, {}};
  for (Index i = 0; i < each.shape.numel(); ++i) {
    Sum difference(tape);
    difference.add((*in[0])[i]);
    difference.add((*in[1])[i], -1);
    each.elements.push_back(f(difference.result()));
  }
  const Array total = sum(tape, each);
  return reduction(item.options[0]) == latent::Reduction::sum ? total : divided(tape, total, each.shape.numel());
}

inline Array interpret_kl(Tape& tape, const Array& mean, const Array& log_variance) {
  expect_shape(mean.shape == log_variance.shape && mean.shape.rank() == 2);
  Sum total(tape);
  const Number one = tape.leaf(1);
  for (Index i = 0; i < mean.shape.numel(); ++i) {
    total.add(square(tape, mean[i]), 0.5);
    total.add(exp(tape, log_variance[i]), 0.5);
    total.add(one, -0.5);
    total.add(log_variance[i], -0.5);
  }
  return divided(tape, {{}, {total.result()}}, mean.shape[0]);
}

}  // namespace fuzz::detail
