#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

namespace {

/// The layer's formula in operations of its own: projections, heads one by one, softmax by exp.
Variable<double> plain_multihead(const nn::MultiheadAttention<double>& layer, const Variable<double>& q,
                                 const Variable<double>& k, const Variable<double>& v) {
  const Index e = layer.options.embed_dim, d = e / layer.options.heads;
  const auto project = [&](const Variable<double>& x, Index place) {
    return linear(x, slice(layer.in_proj_weight, 0, place * e, (place + 1) * e),
                  slice(layer.in_proj_bias, 0, place * e, (place + 1) * e));
  };
  const auto pq = project(q, 0), pk = project(k, 1), pv = project(v, 2);
  std::vector<Variable<double>> heads;
  for (Index first = 0; first < e; first += d) {
    const auto of = [&](const Variable<double>& x) { return slice(x, 2, first, first + d); };
    const auto p = exp(affine(matmul(of(pq), transpose(of(pk))), 1 / std::sqrt(static_cast<double>(d)), 0.0));
    heads.push_back(matmul(p / reshape(sum(p, 2), {p.size(0), p.size(1), 1}), of(pv)));
  }
  return layer.out_proj(concat(heads, 2));
}

nn::MultiheadAttention<double> random_multihead(Index embed_dim, Index heads) {
  Rng rng(1);
  nn::MultiheadAttention<double> layer({.embed_dim = embed_dim, .heads = heads}, rng);
  for (const auto& bias : {layer.in_proj_bias, layer.out_proj.bias})
    std::ranges::copy(reference::random<double>(bias.shape(), 5).elements(), bias.writable().begin());
  return layer;
}

}  // namespace

TEST_CASE("MultiheadAttention: agrees with its formula, whichever of q, k and v are one variable") {
  const auto layer = random_multihead(6, 3);
  const auto a = input({2, 4, 6}, 1), b = input({2, 5, 6}, 2), c = input({2, 5, 6}, 3);
  CHECK(reference::difference(layer(a).value(), plain_multihead(layer, a, a, a).value()) < 1e-14);
  CHECK(reference::difference(layer(a, b, b).value(), plain_multihead(layer, a, b, b).value()) < 1e-14);
  CHECK(reference::difference(layer(a, b, c).value(), plain_multihead(layer, a, b, c).value()) < 1e-14);
  CHECK(reference::difference(layer(b, b, c).value(), plain_multihead(layer, b, b, c).value()) < 1e-14);
  CHECK(layer(Variable<double>(Tensor<double>({0, 4, 6}))).shape() == Shape{0, 4, 6});
}

TEST_CASE("MultiheadAttention: gradients match finite differences") {
  const auto layer = random_multihead(4, 2);
  const std::vector<Variable<double>> parameters = nn::parameters<double>(layer);
  const auto with = [&](std::vector<Variable<double>> inputs) {
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    return inputs;
  };
  const auto a = input({2, 3, 4}, 1), b = input({2, 2, 4}, 2), c = input({2, 2, 4}, 3);
  check_gradients([&](In x) { return layer(x[0]); }, with({a}));
  check_gradients([&](In x) { return layer(x[0], x[1], x[1]); }, with({a, b}));
  check_gradients([&](In x) { return layer(x[0], x[1], x[2]); }, with({a, b, c}));
  check_gradients([&](In x) { return layer(x[0], x[0], x[1], {.causal = true}); }, with({c, b}));
}

TEST_CASE("MultiheadAttention: what masks hide does not count") {
  const auto layer = random_multihead(4, 2);
  const auto x = input({2, 3, 4}, 1);
  Tensor<double> changed = x.value();
  for (Index j = 0; j < 4; ++j) changed(1, 2, j) = 100;
  const Tensor<bool> last({2, 3}, {false, false, false, false, false, true});
  const auto y = layer(x, {.key_padding_mask = last}), z = layer(changed, {.key_padding_mask = last});
  CHECK(reference::identical(y.value().rows(0, 1), z.value().rows(0, 1)));
  for (Index t = 0; t < 2; ++t)
    for (Index j = 0; j < 4; ++j) CHECK(y.value()(1, t, j) == z.value()(1, t, j));

  const double hidden = -std::numeric_limits<double>::infinity();
  const Tensor<bool> above({3, 3}, {false, true, true, false, false, true, false, false, false});
  const Tensor<double> added({3, 3}, {0, hidden, hidden, 0, 0, hidden, 0, 0, 0});
  Tensor<bool> each({4, 3, 3});
  for (Index i = 0; i < 36; ++i) each.data()[i] = above.data()[i % 9];
  const auto causal = layer(x, {.causal = true});
  CHECK(reference::difference(layer(x, {.attn_mask = above}).value(), causal.value()) < 1e-14);
  CHECK(reference::difference(layer(x, {.attn_mask = added}).value(), causal.value()) < 1e-14);
  CHECK(reference::difference(layer(x, {.attn_mask = each}).value(), causal.value()) < 1e-14);
  CHECK_FALSE(reference::identical(layer(x).value(), causal.value()));

  const auto nothing = layer(x, {.key_padding_mask = Tensor<bool>::full({2, 3}, true)});
  for (Index j = 0; j < 4; ++j) CHECK(nothing.value()(1, 2, j) == layer.out_proj.bias.value()(j));
}

TEST_CASE("MultiheadAttention: parameters begin as PyTorch's, and have their names") {
  Rng rng(1);
  const nn::MultiheadAttention<> layer({.embed_dim = 64, .heads = 4}, rng);
  std::string names;
  for (const auto& parameter : nn::named_parameters(layer)) names += parameter.first + " ";
  CHECK(names == "in_proj_weight in_proj_bias out_proj.weight out_proj.bias ");
  float most = 0, most_out = 0;
  for (const float w : layer.in_proj_weight.value().elements()) most = std::max(most, std::abs(w));
  for (const float w : layer.out_proj.weight.value().elements()) most_out = std::max(most_out, std::abs(w));
  CHECK(most <= std::sqrt(6.0F / 256));
  CHECK(most > 0.99F * std::sqrt(6.0F / 256));
  CHECK(most_out <= 0.125F);
  for (const float b : layer.in_proj_bias.value().elements()) CHECK(b == 0);
  for (const float b : layer.out_proj.bias.value().elements()) CHECK(b == 0);
  const nn::MultiheadAttention<> bare({.embed_dim = 4, .heads = 2, .bias = false}, rng);
  CHECK(nn::parameter_count(bare) == 64);
  static_assert(nn::MultiheadAttentionOptions{.embed_dim = 6, .heads = 3}.output_shape({2, 5, 6}) == Shape{2, 5, 6});
}

TEST_CASE("MultiheadAttention: drops in training only") {
  Rng rng(1);
  const nn::MultiheadAttention<> layer({.embed_dim = 8, .heads = 2, .dropout = 0.5}, rng);
  const Variable<float> x(reference::random<float>({2, 5, 8}, 1));
  const auto y = layer(x);
  CHECK(reference::identical(layer(x).value(), y.value()));
  const nn::Training mode(rng);
  CHECK_FALSE(reference::identical(layer(x).value(), y.value()));
}

TEST_CASE("MultiheadAttention: refuses options and shapes that do not fit") {
  Rng rng(1);
  const auto options = [&](const nn::MultiheadAttentionOptions& o) {
    return message_of<ValueError>([&] { nn::MultiheadAttention<>(o, rng); });
  };
  CHECK(options({.embed_dim = 8}) ==
        "MultiheadAttention: embed_dim and heads must be at least 1, got embed_dim 8 and heads 0");
  CHECK(options({.embed_dim = 8, .heads = 3}) ==
        "MultiheadAttention: heads must divide embed_dim, got embed_dim 8 and heads 3");
  CHECK(options({.embed_dim = 8, .heads = 2, .dropout = 2}) == "MultiheadAttention: dropout must be in [0, 1], got 2");
  const nn::MultiheadAttention<> layer({.embed_dim = 4, .heads = 2}, rng);
  const auto of = [](const Shape& shape) { return Variable<float>(Tensor<float>(shape)); };
  const auto x = of({2, 3, 4}), k = of({2, 5, 4});
  CHECK(message_of<ShapeError>([&] {
          layer(of({2, 3, 5}));
        }) == "MultiheadAttention: x [2, 3, 5] does not fit, expected x [N, T, 4]");
  CHECK(message_of<ShapeError>([&] { layer(x, k, x); }) ==
        "MultiheadAttention: q [2, 3, 4], k [2, 5, 4] and v [2, 3, 4] do not fit, expected q [N, T, 4], k and v [N, S, "
        "4]");
  CHECK(message_of<ShapeError>([&] {
          layer(x, k, k, {.key_padding_mask = Tensor<bool>({2, 3})});
        }) == "MultiheadAttention: key_padding_mask [2, 3] does not fit, expected [2, 5]");
  CHECK(message_of<ShapeError>([&] {
          layer(x, k, k, {.attn_mask = Tensor<bool>({5, 3})});
        }) == "MultiheadAttention: attn_mask [5, 3] does not fit, expected [3, 5] or [4, 3, 5]");
}
