#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("TransformerEncoderLayer: two branches, normalised behind or before") {
  for (const bool norm_first : {false, true})
    for (const auto activation : {nn::TransformerActivation::relu, nn::TransformerActivation::gelu}) {
      Rng rng(1);
      const nn::TransformerEncoderLayer<double> layer(
          {.embed_dim = 4, .heads = 2, .feedforward = 5, .activation = activation, .norm_first = norm_first}, rng);
      const auto x = input({2, 3, 4}, 1);
      const auto act = [&](const Variable<double>& v) {
        return activation == nn::TransformerActivation::relu ? relu(v) : gelu(v);
      };
      const auto feedforward = [&](const Variable<double>& v) { return layer.linear2(act(layer.linear1(v))); };
      Variable<double> y;
      if (norm_first) {
        y = x + layer.self_attn(layer.norm1(x));
        y = y + feedforward(layer.norm2(y));
      } else {
        y = layer.norm1(x + layer.self_attn(x));
        y = layer.norm2(y + feedforward(y));
      }
      CHECK(reference::difference(layer(x).value(), y.value()) < 1e-14);
    }
}

TEST_CASE("TransformerEncoderLayer: gradients match finite differences") {
  Rng rng(1);
  const nn::TransformerEncoderLayer<double> layer(
      {.embed_dim = 4, .heads = 2, .feedforward = 3, .activation = nn::TransformerActivation::gelu}, rng);
  std::vector<Variable<double>> inputs = nn::parameters<double>(layer);
  inputs.insert(inputs.begin(), input({2, 3, 4}, 1));
  check_gradients([&](In x) { return layer(x[0], {.causal = true}); }, inputs);
}

TEST_CASE("TransformerEncoderLayer: masks, dropout in training, names of parameters") {
  Rng rng(1);
  const nn::TransformerEncoderLayer<> layer({.embed_dim = 8, .heads = 2, .feedforward = 16}, rng);
  const Variable<float> x(reference::random<float>({2, 5, 8}, 1));
  const auto y = layer(x);
  CHECK_FALSE(reference::identical(layer(x, {.causal = true}).value(), y.value()));
  CHECK(reference::identical(layer(x).value(), y.value()));
  {
    const nn::Training mode(rng);
    CHECK_FALSE(reference::identical(layer(x).value(), y.value()));
  }
  std::string names;
  for (const auto& parameter : nn::named_parameters(layer)) names += parameter.first + " ";
  CHECK(names ==
        "self_attn.in_proj_weight self_attn.in_proj_bias self_attn.out_proj.weight self_attn.out_proj.bias "
        "linear1.weight linear1.bias linear2.weight linear2.bias norm1.weight norm1.bias norm2.weight norm2.bias ");
  const nn::TransformerEncoderLayer<> bare({.embed_dim = 8, .heads = 2, .feedforward = 16, .bias = false}, rng);
  CHECK(nn::parameter_count(bare) == 4 * 64 + 2 * 128 + 2 * 8);
  CHECK(layer(Variable<float>(Tensor<float>({0, 5, 8}))).shape() == Shape{0, 5, 8});
}

TEST_CASE("TransformerEncoderLayer: refuses options and shapes that do not fit") {
  Rng rng(1);
  const auto options = [&](const nn::TransformerEncoderLayerOptions& o) {
    return message_of<ValueError>([&] { nn::TransformerEncoderLayer<>(o, rng); });
  };
  CHECK(options({.embed_dim = 8}) ==
        "TransformerEncoderLayer: embed_dim, heads and feedforward must be at least 1, got embed_dim 8, heads 0 and "
        "feedforward 2048");
  CHECK(options({.embed_dim = 8, .heads = 3}) ==
        "MultiheadAttention: heads must divide embed_dim, got embed_dim 8 and heads 3");
  const nn::TransformerEncoderLayer<> layer({.embed_dim = 4, .heads = 2, .feedforward = 8}, rng);
  CHECK(message_of<ShapeError>([&] {
          layer(Variable<float>(Tensor<float>({2, 5})));
        }) == "TransformerEncoderLayer: x [2, 5] does not fit, expected x [N, T, 4]");
}
