#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using RnnInputs = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("rnn: gradients of input, state and parameters match finite differences") {
  for (const auto nonlinearity : {Activation::tanh, Activation::relu})
    for (const auto& [n, t, in, h] : {std::array<Index, 4>{1, 1, 1, 1}, {2, 3, 4, 3}, {3, 2, 1, 9}})
      check_gradients(
          [nonlinearity](RnnInputs v) {
            return rnn_layer(v[0], v[1], {v[2], v[3], v[4], v[5]}, nonlinearity);
          },
          {input({n, t, in}, 1), input({n, h}, 2), input({h, in}, 3), input({h, h}, 4), input({h}, 5), input({h}, 6)});
}

TEST_CASE("rnn: gradients through two layers, state in and out") {
  Rng rng(3);
  const nn::RNN<double> rnn({.in = 2, .hidden = 3, .layers = 2}, rng);
  std::vector<Variable<double>> inputs = nn::parameters<double>(rnn);
  const auto x = input({2, 4, 2}, 1), h = input({2, 2, 3}, 2);
  inputs.insert(inputs.end(), {x, h});
  check_gradients(
      [&](RnnInputs) {
        const auto result = rnn(x, h);
        return concat<double>({reshape(result.output, {-1}), reshape(result.state, {-1})}, 0);
      },
      inputs);
}

TEST_CASE("rnn: agrees with the plain loop") {
  Rng rng(5);
  const auto x = reference::random<double>({2, 6, 3}, 1);
  for (const bool relu : {false, true}) {
    const nn::RNN<double> rnn(
        {.in = 3, .hidden = 4, .layers = 2, .nonlinearity = relu ? Activation::relu : Activation::tanh}, rng);
    const auto result = rnn(Variable<double>(x));
    Tensor<double> y = x;
    for (const auto& p : rnn.layers) {
      Tensor<double> h({2, 4});
      y = reference::rnn(y, p.weight_ih.value(), p.weight_hh.value(), p.bias_ih.value(), p.bias_hh.value(), h, relu);
    }
    CHECK(reference::difference(result.output.value(), y) < 1e-14);
    CHECK(result.state.shape() == Shape{2, 2, 4});
    CHECK(result.state.value()(1, 1, 3) == result.output.value()(1, 5, 3));
  }
}

TEST_CASE("rnn: names its parameters as PyTorch does and checks options") {
  Rng rng(1);
  const nn::RNN rnn({.in = 3, .hidden = 5}, rng);
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(rnn)) names += name + " ";
  CHECK(names == "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 ");
  CHECK(rnn.layers[0].weight_ih.shape() == Shape{5, 3});
  CHECK(rnn.output_shape({2, 7, 3}) == Shape{2, 7, 5});
  CHECK(message_of<ValueError>([&] { nn::RNN({.in = 3, .hidden = 5, .nonlinearity = Activation::sigmoid}, rng); }) ==
        "RNN: nonlinearity must be tanh or relu");
  CHECK(message_of<ValueError>([&] { nn::RNN({.in = 3, .hidden = 5, .layers = -1}, rng); }) ==
        "RNN: in, hidden and layers must be at least 1, got in 3, hidden 5, layers -1");
}
