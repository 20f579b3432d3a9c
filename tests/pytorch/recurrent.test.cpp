#include "fixtures.hpp"

using namespace latent;
using fixtures::find;
using fixtures::Options;
using fixtures::Variables;

namespace {

/// A recurrent layer whose parameters are the inputs of their names.
template <class Layer, Scalar T>
Layer recurrent_layer_of(Layer layer, const Variables<T>& inputs) {
  for (std::size_t i = 0; i < layer.layers.size(); ++i) {
    const std::string suffix = "_l" + std::to_string(i);
    layer.layers[i] = {find(inputs, "weight_ih" + suffix), find(inputs, "weight_hh" + suffix),
                       find(inputs, "bias_ih" + suffix), find(inputs, "bias_hh" + suffix)};
  }
  return layer;
}

template <Scalar T>
Variables<T> run_recurrent(const Options& o, const Variables<T>& in) {
  Rng rng(1);
  const Index inputs = o.index("in"), hidden = o.index("hidden"), layers = o.index("layers");
  const bool bias = o.flag("bias");
  const auto run = [&](const auto& layer) -> Variables<T> {
    const auto result = recurrent_layer_of(layer, in)(in.at("x"), find(in, "h0"));
    return {{"output", result.output}, {"h", result.state}};
  };
  if (o.text("op") == "GRU")
    return run(nn::GRU<T>({.in = inputs, .hidden = hidden, .layers = layers, .bias = bias}, rng));
  const bool relu = o.contains("nonlinearity") && o.text("nonlinearity") == "relu";
  return run(nn::RNN<T>({.in = inputs,
                         .hidden = hidden,
                         .layers = layers,
                         .nonlinearity = relu ? Activation::relu : Activation::tanh,
                         .bias = bias},
                        rng));
}

}  // namespace

TEST_CASE("pytorch: gru of one to three layers, with and without initial state") {
  fixtures::check_file("gru", run_recurrent<double>, run_recurrent<float>);
}

TEST_CASE("pytorch: rnn with tanh and relu") {
  fixtures::check_file("rnn", run_recurrent<double>, run_recurrent<float>);
}
