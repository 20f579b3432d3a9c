#pragma once

// Recurrent layers.

#include "../kinds.hpp"

namespace fuzz::detail {

/// Inputs: x, h0, c0 if there is a cell, and of each layer weight_ih, weight_hh, bias_ih, bias_hh.
/// Options: in, hidden, directions, relu, and lengths, if there are any.
inline void draw_recurrent(Drawing& d, Item& item, Index gates, bool has_cell) {
  const std::size_t x = d.operand(3);
  const Shape shape = d.shape_of(x);
  const Index hidden = d.index(1, 9), layers = d.chance(70) ? 1 : 2, directions = d.chance(70) ? 1 : 2;
  const Shape states{layers * directions, shape[0], hidden};
  item.inputs = {x, d.maybe(50, states)};
  if (has_cell) item.inputs.push_back(d.maybe(50, states));
  for (Index layer = 0; layer < layers * directions; ++layer) {
    item.inputs.push_back(d.leaf({gates * hidden, layer >= directions ? directions * hidden : shape[2]}));
    item.inputs.push_back(d.leaf({gates * hidden, hidden}));
    item.inputs.push_back(d.maybe(70, {gates * hidden}));
    item.inputs.push_back(d.maybe(70, {gates * hidden}));
  }
  item.options = {shape[2], hidden, directions, d.index(0, 1)};
  if (d.chance(60) || shape[1] == 0) return;
  for (Index i = 0; i < shape[0]; ++i) item.options.push_back(d.index(1, shape[1]));
}

inline Recurrent recurrent_of(const Item& item, Index gates, bool has_cell) {
  const Indices& o = item.options;
  return {gates, o[0], o[1], has_cell, o[2] == 2, {o.begin() + 4, o.end()}};
}

/// A layer with the parameters among the inputs.
template <class Layer, Scalar T, class Options>
Layer recurrent_layer(const Variables<T>& in, const Recurrent& r, Options options) {
  options.in = r.features, options.hidden = r.hidden, options.bidirectional = r.both_directions;
  options.layers = r.layers(std::ssize(in));
  latent::Rng rng(1);
  Layer layer(options, rng);
  std::size_t at = r.first_parameter();
  for (auto& p : layer.layers) {
    p = {in[at], in[at + 1], in[at + 2], in[at + 3]};
    at += 4;
  }
  layer.output_shape(in[0].shape());
  return layer;
}

template <class Layer, Scalar T, class Options>
Variables<T> without_cell(const Variables<T>& in, const Recurrent& r, const Options& options) {
  const auto layer = recurrent_layer<Layer>(in, r, options);
  const auto result = layer(in[0], in[1], r.lengths);
  return {with_its_shape(layer, in[0].shape(), result.output), result.state};
}

inline std::vector<Operation> sequences() {
  return {
      operation(
          "lstm", {"in", "hidden", "directions", "", "lengths"},
          [](Drawing& d, Item& item) { draw_recurrent(d, item, 4, true); },
          [](Tape& t, const Inputs& in, const Item& i) {
            return recurrent(t, in, recurrent_of(i, 4, true), lstm_cell);
          },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            const Recurrent r = recurrent_of(i, 4, true);
            const auto layer = recurrent_layer<latent::nn::LSTM<T>>(in, r, latent::nn::LSTMOptions{});
            const auto result = layer(in[0], {in[1], in[2]}, r.lengths);
            return Variables<T>{with_its_shape(layer, in[0].shape(), result.output), result.state.h, result.state.c};
          }),
      operation(
          "gru", {"in", "hidden", "directions", "", "lengths"},
          [](Drawing& d, Item& item) { draw_recurrent(d, item, 3, false); },
          [](Tape& t, const Inputs& in, const Item& i) {
            return recurrent(t, in, recurrent_of(i, 3, false), gru_cell);
          },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            return without_cell<latent::nn::GRU<T>>(in, recurrent_of(i, 3, false), latent::nn::GRUOptions{});
          }),
      operation(
          "rnn", {"in", "hidden", "directions", "relu", "lengths"},
          [](Drawing& d, Item& item) { draw_recurrent(d, item, 1, false); },
          [](Tape& t, const Inputs& in, const Item& i) {
            return recurrent(t, in, recurrent_of(i, 1, false), i.options[3] == 1 ? relu_cell : tanh_cell);
          },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            latent::nn::RNNOptions options;
            options.nonlinearity = i.options[3] == 1 ? Activation::relu : Activation::tanh;
            return without_cell<latent::nn::RNN<T>>(in, recurrent_of(i, 1, false), options);
          }),
  };
}

}  // namespace fuzz::detail
