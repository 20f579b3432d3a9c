#include "fixtures.hpp"

using namespace latent;
using fixtures::find;
using fixtures::Options;
using fixtures::Variables;

namespace {

/// A recurrent layer whose parameters are the inputs of their names.
template <class Layer, Scalar T>
Layer recurrent_layer_of(Layer layer, const Variables<T>& inputs) {
  const std::size_t directions = layer.options.bidirectional ? 2 : 1;
  for (std::size_t i = 0; i < layer.layers.size(); ++i) {
    const std::string suffix = "_l" + std::to_string(i / directions) + (i % directions == 1 ? "_reverse" : "");
    layer.layers[i] = {find(inputs, "weight_ih" + suffix), find(inputs, "weight_hh" + suffix),
                       find(inputs, "bias_ih" + suffix), find(inputs, "bias_hh" + suffix)};
  }
  return layer;
}

template <class RecurrentOptions>
RecurrentOptions recurrent_options(const Options& o) {
  RecurrentOptions options;
  options.in = o.index("in");
  options.hidden = o.index("hidden");
  options.layers = o.index("layers");
  options.bias = o.flag("bias");
  options.bidirectional = o.flag("bidirectional");
  return options;
}

template <Scalar T>
Variables<T> run_recurrent(const Options& o, const Variables<T>& in) {
  Rng rng(1);
  std::vector<Index> lengths;
  if (o.contains("lengths"))
    for (const double length : o.numbers("lengths")) lengths.push_back(static_cast<Index>(length));
  const auto x = in.at("x"), h0 = find(in, "h0");
  if (o.text("op") == "LSTM") {
    const nn::LSTM<T> layer(recurrent_options<nn::LSTMOptions>(o), rng);
    const auto result = recurrent_layer_of(layer, in)(x, {h0, find(in, "c0")}, lengths);
    return {{"output", result.output}, {"h", result.state.h}, {"c", result.state.c}};
  }
  if (o.text("op") == "GRU") {
    const nn::GRU<T> layer(recurrent_options<nn::GRUOptions>(o), rng);
    const auto result = recurrent_layer_of(layer, in)(x, h0, lengths);
    return {{"output", result.output}, {"h", result.state}};
  }
  auto options = recurrent_options<nn::RNNOptions>(o);
  if (o.contains("nonlinearity") && o.text("nonlinearity") == "relu") options.nonlinearity = Activation::relu;
  const auto result = recurrent_layer_of(nn::RNN<T>(options, rng), in)(x, h0, lengths);
  return {{"output", result.output}, {"h", result.state}};
}

}  // namespace

TEST_CASE("pytorch: gru of one to three layers, with and without initial state") {
  fixtures::check_file("gru", run_recurrent<double>, run_recurrent<float>);
}

TEST_CASE("pytorch: rnn with tanh and relu") {
  fixtures::check_file("rnn", run_recurrent<double>, run_recurrent<float>);
}

TEST_CASE("pytorch: lstm, gru and rnn in both directions") {
  fixtures::check_file("bidirectional", run_recurrent<double>, run_recurrent<float>);
}

TEST_CASE("pytorch: lstm, gru and rnn over sequences of unequal length") {
  fixtures::check_file("lengths", run_recurrent<double>, run_recurrent<float>);
}
