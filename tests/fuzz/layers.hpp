#pragma once

// Pooling, LSTM and losses as plain loops over numbers.

#include "convolutions.hpp"

namespace fuzz {

/// The largest of some numbers; -infinity if there are none.
inline Number largest(Tape& tape, const std::vector<Number>& numbers) {
  if (numbers.empty()) return {-unknown, 0, tape.leaf(0).place};
  const Number* best = &numbers[0];
  for (const Number& number : numbers)
    if (number.value > best->value) best = &number;
  Real error = best->error;
  std::vector<Edge> edges{{best->place, 1, 0}};
  for (const Number& number : numbers) {
    if (number.place == best->place) continue;
    tape.nearest_corner = std::min(tape.nearest_corner, best->value - number.value);
    const Real apart = number.error + best->error;
    if (apart == 0 || best->value - number.value > apart) continue;
    error = std::max(error, number.error);  // either may be the largest
    edges[0] = {best->place, Real(0.5), Real(0.5)};
    edges.push_back({number.place, Real(0.5), Real(0.5)});
  }
  return tape.record(best->value, error, 0, edges);
}

inline Array max_pool2d(Tape& tape, const Array& x, Window w) {
  for (int d : {0, 1}) {
    expect_value(w.kernel[d] >= 1 && w.stride[d] >= 0 && w.dilation[d] >= 1 && w.padding[d] >= 0 &&
                 2 * w.padding[d] <= w.kernel[d]);
    if (w.stride[d] == 0) w.stride[d] = w.kernel[d];
  }
  expect_shape(x.shape.rank() == 4);
  Indices sizes = sizes_of(x.shape);
  for (int d : {0, 1}) {
    Index& size = sizes[1 + static_cast<std::size_t>(d)];
    const Index room = size + 2 * w.padding[d] - w.dilation[d] * (w.kernel[d] - 1) - 1;
    expect_shape(room >= 0);
    size = room / w.stride[d] + 1;
  }
  return make(sizes, [&](const Indices& at) {
    std::vector<Number> seen;
    each_place({w.kernel[0], w.kernel[1]}, [&](const Indices& tap) {
      const Index row = at[1] * w.stride[0] + tap[0] * w.dilation[0] - w.padding[0];
      const Index column = at[2] * w.stride[1] + tap[1] * w.dilation[1] - w.padding[1];
      if (row < 0 || row >= x.shape[1] || column < 0 || column >= x.shape[2]) return;
      seen.push_back(element(x, {at[0], row, column, at[3]}));
    });
    return largest(tape, seen);
  });
}

/// One layer; h and c [N, H] are those before the first step, and then those after the last.
inline Array lstm_layer(Tape& tape, const Array& x, Array& h, Array& c, const Array& weight_ih, const Array& weight_hh,
                        const Array* bias_ih, const Array* bias_hh) {
  const Index n = x.shape[0], t = x.shape[1], in = x.shape[2], hidden = h.shape[1];
  Array y{{n, t, hidden}, std::vector<Number>(static_cast<std::size_t>(n * t * hidden))};
  for (Index step = 0; step < t; ++step) {
    const Array before = h;
    each_place({n, hidden}, [&](const Indices& at) {
      const auto gate = [&](Index number) {
        Sum total(tape);
        const Index row = number * hidden + at[1];
        if (bias_ih) total.add((*bias_ih)[row]);
        if (bias_hh) total.add((*bias_hh)[row]);
        for (Index i = 0; i < in; ++i) total.add_product(element(x, {at[0], step, i}), weight_ih[row * in + i]);
        for (Index i = 0; i < hidden; ++i) total.add_product(element(before, {at[0], i}), weight_hh[row * hidden + i]);
        return total.result();
      };
      const Number input = sigmoid(tape, gate(0)), forget = sigmoid(tape, gate(1)), candidate = tanh(tape, gate(2)),
                   output = sigmoid(tape, gate(3));
      const std::size_t place = static_cast<std::size_t>(at[0] * hidden + at[1]);
      Sum cell(tape);
      cell.add_product(forget, c.elements[place]);
      cell.add_product(input, candidate);
      c.elements[place] = cell.result();
      h.elements[place] = product(tape, output, tanh(tape, c.elements[place]));
      y.elements[static_cast<std::size_t>((at[0] * t + step) * hidden + at[1])] = h.elements[place];
    });
  }
  return y;
}

}  // namespace fuzz
