#include <functional>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("lstm: gradients of inputs, states and parameters match finite differences") {
  for (const auto& [n, t, in, h] : {std::array<Index, 4>{1, 1, 1, 1}, {2, 3, 4, 3}, {3, 2, 1, 9}}) {
    const std::vector<Variable<double>> inputs{input({n, t, in}, 1),  input({n, h}, 2),     input({n, h}, 3),
                                               input({4 * h, in}, 4), input({4 * h, h}, 5), input({4 * h}, 6),
                                               input({4 * h}, 7)};
    // y and c apart, and together, since they share one backward computation.
    const auto run = [](In v) { return lstm_layer(v[0], v[1], v[2], {v[3], v[4], v[5], v[6]}); };
    for (const auto& part : std::vector<std::function<Variable<double>(In)>>{
             [&](In v) { return run(v).y; }, [&](In v) { return run(v).c; },
             [&](In v) {
               const auto both = run(v);
               return reshape(both.y, {-1}) * sum(both.c);
             }}) {
      const GradcheckReport report = gradcheck(part, inputs);
      INFO(report.text());
      CHECK(report.ok);
    }
  }
}

TEST_CASE("lstm: gradients through several layers, states in and out") {
  Rng rng(3);
  const nn::LSTM<double> lstm({.in = 2, .hidden = 3, .layers = 3}, rng);
  std::vector<Variable<double>> inputs = nn::parameters<double>(lstm);
  const auto x = input({2, 4, 2}, 1), h = input({3, 2, 3}, 2), c = input({3, 2, 3}, 3);
  inputs.insert(inputs.end(), {x, h, c});
  const GradcheckReport report = gradcheck(
      [&](In) {
        const auto result = lstm(x, {h, c});
        return concat<double>(
            {reshape(result.output, {-1}), reshape(result.state.h, {-1}), reshape(result.state.c, {-1})}, 0);
      },
      inputs);
  INFO(report.text());
  CHECK(report.ok);
}

TEST_CASE("lstm: agrees with the plain loop, and goes on where it stopped") {
  Rng rng(5);
  const nn::LSTM<double> lstm({.in = 3, .hidden = 4, .layers = 2}, rng);
  const auto x = reference::random<double>({2, 6, 3}, 1);
  const auto whole = lstm(Variable<double>(x));
  Tensor<double> y = x;
  for (const auto& p : lstm.layers) {
    Tensor<double> h({2, 4}), c({2, 4});
    y = reference::lstm(y, p.weight_ih.value(), p.weight_hh.value(), p.bias_ih.value(), p.bias_hh.value(), h, c);
  }
  CHECK(reference::difference(whole.output.value(), y) < 1e-14);
  CHECK(whole.state.h.shape() == Shape{2, 2, 4});
  CHECK(whole.state.h.value()(1, 1, 3) == whole.output.value()(1, 5, 3));

  const Variable<double> in(x);
  const auto first = lstm(slice(in, 1, 0, 2));
  const auto second = lstm(slice(in, 1, 2, 6), first.state);
  CHECK(reference::difference(concat<double>({first.output, second.output}, 1).value(), whole.output.value()) < 1e-14);
  CHECK(reference::difference(second.state.c.value(), whole.state.c.value()) < 1e-14);
}

TEST_CASE("lstm: names its parameters as PyTorch does and checks shapes") {
  Rng rng(1);
  const nn::LSTM lstm({.in = 3, .hidden = 5, .layers = 2}, rng);
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(lstm)) names += name + " ";
  CHECK(names == "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 weight_ih_l1 weight_hh_l1 bias_ih_l1 bias_hh_l1 ");
  CHECK(lstm.layers[1].weight_ih.shape() == Shape{20, 5});
  for (float w : lstm.layers[0].weight_ih.value().elements()) CHECK(std::abs(w) <= 1 / std::sqrt(5.0f));
  CHECK(nn::parameters(nn::LSTM({.in = 3, .hidden = 5, .bias = false}, rng)).size() == 2);
  CHECK(message_of<ShapeError>([&] {
          lstm(Variable<float>(Tensor<float>({2, 7, 4})));
        }) == "LSTM: x [2, 7, 4] does not fit, expected x [N, T, 3]");
  CHECK(message_of<ShapeError>([&] {
          lstm(Variable<float>(Tensor<float>({2, 7, 3})), {Variable<float>(Tensor<float>({1, 2, 5})), {}});
        }) == "LSTM: initial state [1, 2, 5] does not fit, expected [2, 2, 5]");
  const Variable<float> x(Tensor<float>({2, 7, 3})), none;
  CHECK(message_of<ShapeError>([&] {
          lstm_layer(x, none, Variable<float>(Tensor<float>({2, 4})), lstm.layers[0]);
        }) == "lstm: initial state [2, 4] does not fit, expected [2, 5]");
  LstmParameters<float> shorter = lstm.layers[0];
  shorter.bias_ih = Variable<float>(Tensor<float>({5}));
  CHECK(message_of<ShapeError>([&] { lstm_layer(x, none, none, shorter); }) ==
        "lstm: bias [5] does not fit, expected [20]");
  shorter.bias_hh = std::exchange(shorter.bias_ih, lstm.layers[0].bias_ih);
  CHECK(message_of<ShapeError>([&] { lstm_layer(x, none, none, shorter); }) ==
        "lstm: bias [5] does not fit, expected [20]");
}

TEST_CASE("lstm: one variable may stand for both weights, both biases and both initial states") {
  const auto x = input({2, 3, 4}, 1), weight = input({16, 4}, 2), bias = input({16}, 3), state = input({2, 4}, 4);
  const GradcheckReport report = gradcheck(
      [](In v) {
        const auto result = lstm_layer(v[0], v[3], v[3], LstmParameters<double>{v[1], v[1], v[2], v[2]});
        return concat<double>({reshape(result.y, {-1}), reshape(result.c, {-1})}, 0);
      },
      {x, weight, bias, state});
  INFO(report.text());
  CHECK(report.ok);
}

TEST_CASE("lstm: an initial state may be a weight too") {
  const auto x = input({12, 2, 3}, 1), both = input({12, 3}, 2), bias = input({12}, 3);
  const GradcheckReport report = gradcheck(
      [](In v) {
        return lstm_layer(v[0], v[1], v[1], LstmParameters<double>{v[1], v[1], v[2], v[2]}).y;
      },
      {x, both, bias});
  INFO(report.text());
  CHECK(report.ok);
}
