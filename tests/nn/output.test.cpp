#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

namespace {

/// The last step of the output, and of the state.
struct Summary {
  Variable<double> steps, state;
};

template <class Recurrent, class Options>
void check_classifier(const Options& options, const char* names_of_layer) {
  Rng rng(1);
  const nn::Embedding<double> table({.embeddings = 9, .embedding_dim = 3}, rng);
  const Recurrent layer(options, rng);
  const nn::Linear<double> head({.in = 4, .out = 2}, rng);
  const nn::Sequential model{table, layer, nn::Select({.axis = 1, .index = -1}), head};
  const Tensor<int> words({2, 3}, {1, 0, 8, 4, 4, 7});
  const auto expected = head(select(layer(table(words)).output, 1, 2));
  CHECK(model(words).value() == expected.value());
  CHECK(model.output_shape({2, 3}) == Shape{2, 2});
  check_gradients([&](In) { return model(words); }, {table.weight, head.weight});
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters<double>(model)) names += name + " ";
  CHECK(names == message("0.weight ", names_of_layer, "3.weight 3.bias "));
}

}  // namespace

TEST_CASE("stacks: the output of LSTM, GRU and RNN goes on to the next layer") {
  const auto names = "1.weight_ih_l0 1.weight_hh_l0 1.bias_ih_l0 1.bias_hh_l0 ";
  check_classifier<nn::LSTM<double>>(nn::LSTMOptions{.in = 3, .hidden = 4}, names);
  check_classifier<nn::GRU<double>>(nn::GRUOptions{.in = 3, .hidden = 4}, names);
  check_classifier<nn::RNN<double>>(nn::RNNOptions{.in = 3, .hidden = 4}, names);
}

TEST_CASE("stacks: a whole result goes on to a layer that takes only that, and comes out of the last") {
  Rng rng(1);
  const nn::LSTM<double> lstm({.in = 3, .hidden = 3}, rng);
  const auto x = reference::input({2, 5, 3}, 1);
  const auto result = lstm(x);
  const nn::Sequential taken{lstm,
                             [](const nn::LSTMResult<double>& r) {
                               return Summary{r.output, r.state.c};
                             },
                             [](const Summary& s) { return s.state; }, nn::Tanh{}};
  CHECK(taken(x).value() == latent::tanh(result.state.c).value());
  const nn::Sequential inner{nn::Tanh{}, lstm};
  CHECK(inner(x).state.h.value() == lstm(latent::tanh(x)).state.h.value());
  const nn::Sequential outer{inner, nn::Sequential{nn::ReLU{}, nn::Select{}}};
  CHECK(outer(x).value() == select(relu(lstm(latent::tanh(x)).output), 1, -1).value());

  const nn::Residual residual{lstm};
  CHECK(residual(x).value() == (x + result.output).value());
  CHECK(residual.output_shape({2, 5, 3}) == Shape{2, 5, 3});
  const nn::ModuleList<nn::LSTM<double>> list{{lstm, lstm}};
  CHECK(list(x).value() == lstm(result.output).output.value());
  CHECK(list.output_shape({2, 5, 3}) == Shape{2, 5, 3});
}

TEST_CASE("stacks: a layer that does not say its shape runs all the same") {
  const auto twice = [](const Variable<double>& v) { return v * 2; };
  static_assert(!nn::HasOutputShape<decltype(twice)> && nn::HasOutputShape<nn::LinearOptions>);
  static_assert(nn::HasOutputShape<nn::Sequential<nn::ReLU>> && nn::HasOutput<nn::GRUResult<float>>);
  const auto x = reference::input({2, 3}, 1);
  CHECK(nn::Sequential{twice, nn::ReLU{}}(x).value() == relu(x * 2).value());
  CHECK(nn::Residual{twice}(x).value() == (x + x * 2).value());
}
