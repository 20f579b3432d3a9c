#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using GruInputs = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("gru: gradients of input, state and parameters match finite differences") {
  for (const auto& [n, t, in, h] : {std::array<Index, 4>{1, 1, 1, 1}, {2, 3, 4, 3}, {3, 2, 1, 9}})
    check_gradients(
        [](GruInputs v) {
          return gru_layer(v[0], v[1], {v[2], v[3], v[4], v[5]});
        },
        {input({n, t, in}, 1), input({n, h}, 2), input({3 * h, in}, 3), input({3 * h, h}, 4), input({3 * h}, 5),
         input({3 * h}, 6)});
}

TEST_CASE("gru: gradients through several layers, state in and out") {
  Rng rng(3);
  const nn::GRU<double> gru({.in = 2, .hidden = 3, .layers = 3}, rng);
  std::vector<Variable<double>> inputs = nn::parameters<double>(gru);
  const auto x = input({2, 4, 2}, 1), h = input({3, 2, 3}, 2);
  inputs.insert(inputs.end(), {x, h});
  check_gradients(
      [&](GruInputs) {
        const auto result = gru(x, h);
        return concat<double>({reshape(result.output, {-1}), reshape(result.state, {-1})}, 0);
      },
      inputs);
}

TEST_CASE("gru: gradients where one variable stands for both weights, and for both biases") {
  check_gradients(
      [](GruInputs v) {
        return gru_layer(v[0], {}, {v[1], v[1], v[2], v[2]});
      },
      {input({2, 3, 4}, 1), input({12, 4}, 2), input({12}, 3)});
}

TEST_CASE("gru: agrees with the plain loop, and goes on where it stopped") {
  Rng rng(5);
  const nn::GRU<double> gru({.in = 3, .hidden = 4, .layers = 2}, rng);
  const auto x = reference::random<double>({2, 6, 3}, 1);
  const auto whole = gru(Variable<double>(x));
  Tensor<double> y = x;
  for (const auto& p : gru.layers) {
    Tensor<double> h({2, 4});
    y = reference::gru(y, p.weight_ih.value(), p.weight_hh.value(), p.bias_ih.value(), p.bias_hh.value(), h);
  }
  CHECK(reference::difference(whole.output.value(), y) < 1e-14);
  CHECK(whole.state.shape() == Shape{2, 2, 4});
  CHECK(whole.state.value()(1, 1, 3) == whole.output.value()(1, 5, 3));

  const Variable<double> in(x);
  const auto first = gru(slice(in, 1, 0, 2));
  const auto second = gru(slice(in, 1, 2, 6), first.state);
  CHECK(reference::difference(concat<double>({first.output, second.output}, 1).value(), whole.output.value()) < 1e-14);
}

TEST_CASE("gru: names its parameters as PyTorch does and checks shapes") {
  Rng rng(1);
  const nn::GRU gru({.in = 3, .hidden = 5, .layers = 2}, rng);
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(gru)) names += name + " ";
  CHECK(names == "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 weight_ih_l1 weight_hh_l1 bias_ih_l1 bias_hh_l1 ");
  CHECK(gru.layers[1].weight_ih.shape() == Shape{15, 5});
  for (float w : gru.layers[0].weight_ih.value().elements()) CHECK(std::abs(w) <= 1 / std::sqrt(5.0f));
  CHECK(nn::parameters(nn::GRU({.in = 3, .hidden = 5, .bias = false}, rng)).size() == 2);
  const Variable<float> x(Tensor<float>({2, 7, 3}));
  CHECK(gru(x).output.shape() == gru.output_shape(x.shape()));
  CHECK(message_of<ShapeError>([&] {
          gru(Variable<float>(Tensor<float>({2, 7, 4})));
        }) == "GRU: x [2, 7, 4] does not fit, expected x [N, T, 3], T at least 1");
  CHECK(message_of<ShapeError>([&] {
          gru(x, Variable<float>(Tensor<float>({1, 2, 5})));
        }) == "GRU: initial state [1, 2, 5] does not fit, expected [2, 2, 5]");
  CHECK(message_of<ShapeError>([&] {
          gru_layer(x, {}, {gru.layers[0].weight_ih, Variable<float>(Tensor<float>({20, 5})), {}, {}});
        }) == "gru: weight_hh [20, 5] does not fit, expected [3 H, H]");
  CHECK(message_of<ValueError>([&] { nn::GRU({.in = 3}, rng); }) ==
        "GRU: in, hidden and layers must be at least 1, got in 3, hidden 0, layers 1");
}
