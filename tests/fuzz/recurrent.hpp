#pragma once

// Recurrent layers as plain loops over numbers.

#include "norms.hpp"

namespace fuzz {

/// The sum of a gate's products with the input, with the state, or with both.
using Gate = Function<Number(Index gate, bool input, bool state)>;

/// h and c become those after a step; not all cells have a c.
using Cell = void (*)(Tape&, const Gate&, Number& h, Number& c);

inline void lstm_cell(Tape& tape, const Gate& gate, Number& h, Number& c) {
  const Number input = sigmoid(tape, gate(0, true, true)), forget = sigmoid(tape, gate(1, true, true)),
               candidate = tanh(tape, gate(2, true, true)), output = sigmoid(tape, gate(3, true, true));
  Sum cell(tape);
  cell.add_product(forget, c);
  cell.add_product(input, candidate);
  c = cell.result();
  h = product(tape, output, tanh(tape, c));
}

inline void gru_cell(Tape& tape, const Gate& gate, Number& h, Number&) {
  const Number reset = sigmoid(tape, gate(0, true, true)), update = sigmoid(tape, gate(1, true, true));
  Sum inner(tape);
  inner.add(gate(2, true, false));
  inner.add_product(reset, gate(2, false, true));
  const Number candidate = tanh(tape, inner.result());
  Sum distance(tape), next(tape);
  distance.add(h);
  distance.add(candidate, -1);
  next.add(candidate);
  next.add_product(update, distance.result());
  h = next.result();
}

inline void tanh_cell(Tape& tape, const Gate& gate, Number& h, Number&) { h = tanh(tape, gate(0, true, true)); }
inline void relu_cell(Tape& tape, const Gate& gate, Number& h, Number&) { h = relu(tape, gate(0, true, true)); }

/// Weights and biases of one layer in one direction; the biases may be absent.
struct RecurrentParameters {
  const Array *weight_ih, *weight_hh, *bias_ih, *bias_hh;
};

/// Over the first steps of each sequence, as many as it is long; behind them the result is 0. h and c [N, H] are those
/// before the first step, and then those after the last.
inline Array recurrent_layer(Tape& tape, Cell cell, const Array& x, Array& h, Array& c, const RecurrentParameters& p,
                             const Indices& lengths, bool reverse) {
  const Index n = x.shape[0], t = x.shape[1], in = x.shape[2], hidden = h.shape[1];
  Array y = make({n, t, hidden}, [&](const Indices&) { return tape.leaf(0); });
  each_place({n, t}, [&](const Indices& at) {
    const Index length = lengths[static_cast<std::size_t>(at[0])];
    if (at[1] >= length) return;
    const Index step = reverse ? length - 1 - at[1] : at[1];
    const Array before = h;
    for (Index unit = 0; unit < hidden; ++unit) {
      const std::size_t place = static_cast<std::size_t>(at[0] * hidden + unit);
      const auto gate = [&](Index number, bool input, bool state) {
        Sum total(tape);
        const Index row = number * hidden + unit;
        if (p.bias_ih && input) total.add((*p.bias_ih)[row]);
        if (p.bias_hh && state) total.add((*p.bias_hh)[row]);
        for (Index i = 0; i < in && input; ++i)
          total.add_product(element(x, {at[0], step, i}), (*p.weight_ih)[row * in + i]);
        for (Index i = 0; i < hidden && state; ++i)
          total.add_product(element(before, {at[0], i}), (*p.weight_hh)[row * hidden + i]);
        return total.result();
      };
      cell(tape, gate, h.elements[place], c.elements[place]);
      y.elements[static_cast<std::size_t>((at[0] * t + step) * hidden + unit)] = h.elements[place];
    }
  });
  return y;
}

/// What all layers are made of: inputs x, h0, c0 if there is a cell, and then the parameters.
struct Recurrent {
  Index gates, features, hidden;
  bool has_cell, both_directions;
  Indices lengths;  ///< none for whole sequences

  std::size_t first_parameter() const { return has_cell ? 3 : 2; }
  Index directions() const { return both_directions ? 2 : 1; }
  Index layers(Index inputs) const { return (inputs - static_cast<Index>(first_parameter())) / (4 * directions()); }
};

/// y, h and, if there is one, c.
inline Arrays recurrent(Tape& tape, const Inputs& in, const Recurrent& r, Cell cell) {
  const Index layers = r.layers(std::ssize(in)) * r.directions(), hidden = r.hidden;
  expect_value(r.features >= 1 && hidden >= 1 && layers >= 1);
  const Array& x = *in[0];
  expect_shape(x.shape.rank() == 3 && x.shape[2] == r.features && x.shape[1] >= 1);
  const Index n = x.shape[0], t = x.shape[1];
  const Array* const c0 = r.has_cell ? in[2] : nullptr;
  for (const Array* state : {in[1], c0}) expect_shape(!state || state->shape == Shape{layers, n, hidden});
  Indices lengths = r.lengths;
  if (lengths.empty()) lengths.assign(static_cast<std::size_t>(n), t);
  expect_shape(std::ssize(lengths) == n);
  for (Index length : lengths) expect_value(length >= 1 && length <= t);
  Array y = x, all_h{{layers, n, hidden}, {}}, all_c = all_h;
  for (Index layer = 0; layer < layers;) {
    Arrays results;
    for (Index direction = 0; direction < r.directions(); ++direction, ++layer) {
      const Array* const* const of_layer = in.data() + r.first_parameter() + 4 * static_cast<std::size_t>(layer);
      const RecurrentParameters p{of_layer[0], of_layer[1], of_layer[2], of_layer[3]};
      const Index rows = r.gates * hidden;
      expect_shape(p.weight_ih->shape == Shape{rows, y.shape[2]} && p.weight_hh->shape == Shape{rows, hidden});
      for (const Array* bias : {p.bias_ih, p.bias_hh}) expect_shape(!bias || bias->shape == Shape{rows});
      const auto initial = [&](const Array* state) {
        return make({n, hidden}, [&](const Indices& at) {
          return state ? element(*state, {layer, at[0], at[1]}) : tape.leaf(0);
        });
      };
      Array h = initial(in[1]), c = initial(c0);
      results.push_back(recurrent_layer(tape, cell, y, h, c, p, lengths, direction == 1));
      all_h.elements.insert(all_h.elements.end(), h.elements.begin(), h.elements.end());
      all_c.elements.insert(all_c.elements.end(), c.elements.begin(), c.elements.end());
    }
    y = r.both_directions ? concat({&results[0], &results[1]}, 2) : results[0];
  }
  if (r.has_cell) return {y, all_h, all_c};
  return {y, all_h};
}

}  // namespace fuzz
