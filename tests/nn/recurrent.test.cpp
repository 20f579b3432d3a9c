#include <functional>

#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

namespace {

using RecurrentVariables = const std::vector<Variable<double>>&;

/// A plain loop of one layer: outputs and last states h and c, which are zero at first.
using PlainLayer = std::function<Tensor<double>(const Tensor<double>& x, const RecurrentParameters<double>& p,
                                                Tensor<double>& h, Tensor<double>& c)>;

Tensor<double> plain_lstm(const Tensor<double>& x, const RecurrentParameters<double>& p, Tensor<double>& h,
                          Tensor<double>& c) {
  return reference::lstm(x, p.weight_ih.value(), p.weight_hh.value(), p.bias_ih.value(), p.bias_hh.value(), h, c);
}

Tensor<double> plain_gru(const Tensor<double>& x, const RecurrentParameters<double>& p, Tensor<double>& h,
                         Tensor<double>&) {
  return reference::gru(x, p.weight_ih.value(), p.weight_hh.value(), p.bias_ih.value(), p.bias_hh.value(), h);
}

Tensor<double> plain_rnn(const Tensor<double>& x, const RecurrentParameters<double>& p, Tensor<double>& h,
                         Tensor<double>&) {
  return reference::rnn(x, p.weight_ih.value(), p.weight_hh.value(), p.bias_ih.value(), p.bias_hh.value(), h, true);
}

/// Outputs, and the states h and c of all layers and directions.
struct PlainResult {
  Tensor<double> output, h, c;
};

/// Layers of both directions over sequences of some lengths, each by itself.
PlainResult both_directions(const std::vector<RecurrentParameters<double>>& layers, Tensor<double> x,
                            const std::vector<Index>& lengths, const PlainLayer& plain) {
  const Index n = x.size(0), t = x.size(1), hidden = layers[0].weight_hh.size(1);
  const Shape states{std::ssize(layers), n, hidden};
  PlainResult result{{}, Tensor<double>(states), Tensor<double>(states)};
  for (Index i = 0; i < std::ssize(layers); i += 2) {
    const Index in = x.size(2);
    Tensor<double> y({n, t, 2 * hidden});
    for (Index direction = 0; direction < 2; ++direction)
      for (Index sequence = 0; sequence < n; ++sequence) {
        const Index length = lengths[static_cast<std::size_t>(sequence)];
        const auto time = [&](Index step) { return direction ? length - 1 - step : step; };
        Tensor<double> part({1, length, in}), h({1, hidden}), c({1, hidden});
        for (Index step = 0; step < length; ++step)
          for (Index j = 0; j < in; ++j) part(0, step, j) = x(sequence, time(step), j);
        const auto outputs = plain(part, layers[static_cast<std::size_t>(i + direction)], h, c);
        for (Index j = 0; j < hidden; ++j) {
          for (Index step = 0; step < length; ++step)
            y(sequence, time(step), direction * hidden + j) = outputs(0, step, j);
          result.h(i + direction, sequence, j) = h(0, j);
          result.c(i + direction, sequence, j) = c(0, j);
        }
      }
    x = y;
  }
  result.output = x;
  return result;
}

template <class Layer>
void check_both_directions(const Layer& layer, const PlainLayer& plain) {
  const std::vector<Index> lengths{3, 5, 1, 4, 5};
  auto x = reference::random<double>({5, 5, 3}, 1);
  for (Index n = 0; n < 5; ++n)
    for (Index t = lengths[static_cast<std::size_t>(n)]; t < 5; ++t) x(n, t, 1) = std::nan("");
  const auto expected = both_directions(layer.layers, x, lengths, plain);
  const auto actual = layer(Variable<double>(x), {}, lengths);
  CHECK(actual.output.shape() == layer.output_shape(x.shape()));
  CHECK(reference::difference(actual.output.value(), expected.output) < 1e-14);
  if constexpr (requires { actual.state.c; }) {
    CHECK(reference::difference(actual.state.h.value(), expected.h) < 1e-14);
    CHECK(reference::difference(actual.state.c.value(), expected.c) < 1e-14);
  } else {
    CHECK(reference::difference(actual.state.value(), expected.h) < 1e-14);
  }
}

/// Outputs and states one behind the other.
template <class Result>
Variable<double> all_of(const Result& result) {
  std::vector<Variable<double>> parts{reshape(result.output, {-1})};
  if constexpr (requires { result.state.c; })
    parts.insert(parts.end(), {reshape(result.state.h, {-1}), reshape(result.state.c, {-1})});
  else
    parts.push_back(reshape(result.state, {-1}));
  return concat(parts, 0);
}

}  // namespace

TEST_CASE("recurrent: both directions of two layers agree with plain loops, whatever stands in the padding") {
  Rng rng(1);
  check_both_directions(nn::LSTM<double>({.in = 3, .hidden = 4, .layers = 2, .bidirectional = true}, rng), plain_lstm);
  check_both_directions(nn::GRU<double>({.in = 3, .hidden = 4, .layers = 2, .bidirectional = true}, rng), plain_gru);
  check_both_directions(
      nn::RNN<double>({.in = 3, .hidden = 4, .layers = 2, .nonlinearity = Activation::relu, .bidirectional = true},
                      rng),
      plain_rnn);
}

TEST_CASE("recurrent: gradients of both directions over unequal sequences match finite differences") {
  Rng rng(2);
  const std::vector<Index> lengths{2, 4, 1};
  const auto x = input({3, 4, 2}, 1);
  const auto check = [&](const auto& layer, const auto& initial, std::vector<Variable<double>> inputs) {
    for (const auto& parameter : nn::parameters<double>(layer)) inputs.push_back(parameter);
    check_gradients([&](RecurrentVariables) { return all_of(layer(x, initial, lengths)); }, inputs);
  };
  const auto h = input({4, 3, 2}, 2), c = input({4, 3, 2}, 3);
  check(nn::LSTM<double>({.in = 2, .hidden = 2, .layers = 2, .bidirectional = true}, rng), nn::LSTMState<double>{h, c},
        {x, h, c});
  check(nn::GRU<double>({.in = 2, .hidden = 2, .layers = 2, .bidirectional = true}, rng), h, {x, h});
  check(nn::RNN<double>({.in = 2, .hidden = 2, .layers = 2, .bidirectional = true}, rng), h, {x, h});
}

TEST_CASE("recurrent: padding gets no gradient, and adds none") {
  Rng rng(3);
  const nn::GRU<double> gru({.in = 2, .hidden = 3}, rng);
  const auto x = input({2, 3, 2}, 1);
  const std::vector<Index> lengths{3, 1};
  for (int pass = 1; pass <= 2; ++pass) {  // overwriting and accumulating
    const auto output = gru(x, {}, lengths).output;
    auto dy = reference::random<double>(output.shape(), 4);
    dy(1, 1, 0) = dy(1, 2, 2) = std::nan("");
    output.backward(dy);
    for (Index t : {1, 2}) CHECK((x.grad()(1, t, 0) == 0 && x.grad()(1, t, 1) == 0));
    CHECK(x.grad()(1, 0, 0) != 0);
    for (const double d : gru.layers[0].weight_ih.grad().elements()) CHECK(std::isfinite(d));
  }
}

TEST_CASE("recurrent: lengths of all steps are as none, and an empty batch has empty results") {
  Rng rng(4);
  const nn::LSTM lstm({.in = 3, .hidden = 20, .bidirectional = true}, rng);
  const Variable<float> x(reference::random<float>({18, 4, 3}, 1));
  const Tensor<Index> all = Tensor<Index>::full({18}, 4);
  CHECK(reference::identical(lstm(x, {}, all.elements()).output.value(), lstm(x).output.value()));
  const auto empty = lstm(Variable<float>(Tensor<float>({0, 4, 3})));
  CHECK(empty.output.shape() == Shape{0, 4, 40});
  CHECK(empty.state.c.shape() == Shape{2, 0, 20});
}

TEST_CASE("recurrent: dropout between layers, in training only") {
  Rng rng(5);
  const nn::GRU<double> plain({.in = 3, .hidden = 4, .layers = 2}, rng);
  nn::GRU<double> gru = plain;
  gru.options.dropout = 0.5;
  const Variable<double> x(reference::random<double>({2, 5, 3}, 1));
  CHECK(reference::identical(gru(x).output.value(), plain(x).output.value()));

  Rng words(6), same(6);
  const auto expected = gru_layer(dropout(gru_layer(x, {}, gru.layers[0]), 0.5, same), {}, gru.layers[1]);
  const nn::Training mode(words);
  const auto result = gru(x);
  CHECK(reference::identical(result.output.value(), expected.value()));
  CHECK(words.position() == same.position());
  CHECK(words.position() > 0);

  // The outputs of a single layer are the last ones.
  const nn::GRU<double> single({.in = 3, .hidden = 4, .dropout = 0.5}, rng);
  const auto before = words.position();
  single(x);
  CHECK(words.position() == before);
}

TEST_CASE("recurrent: both directions have PyTorch's names and shapes") {
  Rng rng(6);
  const nn::LSTM lstm({.in = 3, .hidden = 5, .layers = 2, .bias = false, .bidirectional = true}, rng);
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(lstm)) names += name + " ";
  CHECK(names ==
        "weight_ih_l0 weight_hh_l0 weight_ih_l0_reverse weight_hh_l0_reverse "
        "weight_ih_l1 weight_hh_l1 weight_ih_l1_reverse weight_hh_l1_reverse ");
  CHECK(lstm.layers[1].weight_ih.shape() == Shape{20, 3});
  CHECK(lstm.layers[2].weight_ih.shape() == Shape{20, 10});
  CHECK(lstm.output_shape({2, 7, 3}) == Shape{2, 7, 10});
}

TEST_CASE("recurrent: errors of options, lengths and shapes") {
  Rng rng(1);
  const nn::RNN<double> rnn({.in = 3, .hidden = 2}, rng);
  CHECK(message_of<ShapeError>([&] {
          rnn_layer(input({2, 3}, 1), {}, rnn.layers[0]);
        }) == "rnn: x [N, T, In] expected, got shape [2, 3]");
  const auto x = input({2, 4, 3}, 1);
  const auto with = [&](const std::vector<Index>& lengths) { rnn(x, {}, lengths); };
  CHECK(message_of<ShapeError>([&] { with({4}); }) == "RNN: 1 lengths given for 2 sequences");
  CHECK(message_of<ValueError>([&] { with({4, 5}); }) == "RNN: length 5 of sequence 1 is not within 1 and 4");
  CHECK(message_of<ValueError>([&] { with({0, 4}); }) == "RNN: length 0 of sequence 0 is not within 1 and 4");
  nn::RNN<double> other({.in = 3, .hidden = 5}, rng);
  other.layers = rnn.layers;
  CHECK(message_of<ShapeError>([&] { other(x); }) == "RNN: weight_hh [2, 2] does not fit hidden 5");
  CHECK(message_of<ValueError>([&] { nn::GRU({.in = 3, .hidden = 2, .dropout = 1.5}, rng); }) ==
        "GRU: dropout must be in [0, 1], got 1.5");
  const nn::GRU<double> both({.in = 3, .hidden = 2, .bidirectional = true}, rng);
  CHECK(message_of<ShapeError>([&] {
          both(x, input({1, 2, 2}, 1));
        }) == "GRU: initial state [1, 2, 2] does not fit, expected [2, 2, 2]");
}

TEST_CASE("recurrent layers: without gradients, when steps are not kept, the results have the same bits") {
  Rng rng(1);
  const nn::LSTM<float> lstm({.in = 5, .hidden = 7, .layers = 2, .bidirectional = true}, rng);
  const nn::GRU<float> gru({.in = 5, .hidden = 7}, rng);
  for (Index n : {1, 3, 4, 20}) {
    CAPTURE(n);
    const Variable<float> x(reference::random<float>({n, 6, 5}, 2));
    std::vector<Index> lengths;
    for (Index i = 0; i < n; ++i) lengths.push_back(1 + i % 6);
    const nn::LSTMState<float> initial{Variable<float>(reference::random<float>({4, n, 7}, 3)),
                                       Variable<float>(reference::random<float>({4, n, 7}, 4))};
    const auto recorded = lstm(x, initial, lengths);
    const auto recorded_gru = gru(x);
    const NoGrad no_grad;
    const auto result = lstm(x, initial, lengths);
    CHECK(reference::identical(result.output.value(), recorded.output.value()));
    CHECK(reference::identical(result.state.h.value(), recorded.state.h.value()));
    CHECK(reference::identical(result.state.c.value(), recorded.state.c.value()));
    CHECK(reference::identical(gru(x).output.value(), recorded_gru.output.value()));
  }
}
