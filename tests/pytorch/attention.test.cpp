#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

namespace {

/// A tensor whose shape and elements stand in the options.
template <class E>
Tensor<E> option_tensor(const Options& o, const std::string& shape, const std::string& elements) {
  Shape sizes;
  for (const double size : o.numbers(shape)) sizes.append(static_cast<Index>(size));
  Tensor<E> result(sizes);
  std::ranges::transform(o.numbers(elements), result.data(), [](double element) { return static_cast<E>(element); });
  return result;
}

Tensor<bool> option_flags(const Options& o, const std::string& elements, const Shape& shape) {
  Tensor<bool> result(shape);
  std::ranges::transform(o.numbers(elements), result.data(), [](double element) { return element != 0; });
  return result;
}

/// The mask of a case, if it has one: numbers of -1000 stand for minus infinity.
template <Scalar T>
AttentionMask<T> option_mask(const Options& o) {
  if (o.contains("flags")) return option_tensor<bool>(o, "mask_shape", "flags");
  if (!o.contains("added")) return {};
  auto added = option_tensor<T>(o, "mask_shape", "added");
  for (T& element : added.elements())
    if (element == T(-1000)) element = -std::numeric_limits<T>::infinity();
  return added;
}

}  // namespace

TEST_CASE("pytorch: embedding, with repeated numbers and padding_idx") {
  fixtures::check_file("embedding", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const Index padding_idx = o.contains("padding_idx") ? o.index("padding_idx") : no_padding;
    return {{"y", embedding(option_tensor<Index>(o, "shape", "indices"), in.at("weight"), padding_idx)}};
  });
}

TEST_CASE("pytorch: scaled_dot_product_attention, causal and with masks of flags and numbers") {
  fixtures::check_file("attention", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    AttentionOptions<T> options{.mask = option_mask<T>(o), .causal = o.flag("causal")};
    if (o.contains("scale")) options.scale = o.number("scale");
    return {{"y", scaled_dot_product_attention(in.at("q"), in.at("k"), in.at("v"), options)}};
  });
}

TEST_CASE("pytorch: MultiheadAttention of itself and of others, with masks") {
  fixtures::check_file("multihead_attention", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    Rng rng(1);
    const auto q = in.at("q"), k = in.contains("k") ? in.at("k") : q, v = in.contains("v") ? in.at("v") : k;
    nn::MultiheadAttention<T> layer({.embed_dim = q.size(-1), .heads = o.index("heads")}, rng);
    layer.in_proj_weight = in.at("in_proj_weight");
    layer.in_proj_bias = fixtures::find(in, "in_proj_bias");
    layer.out_proj.weight = in.at("out_proj.weight");
    layer.out_proj.bias = fixtures::find(in, "out_proj.bias");
    nn::MultiheadAttentionMasks<T> masks{.attn_mask = option_mask<T>(o), .causal = o.flag("causal")};
    if (o.contains("key_padding")) masks.key_padding_mask = option_flags(o, "key_padding", {k.size(0), k.size(1)});
    return {{"y", layer(q, k, v, masks)}};
  });
}

TEST_CASE("pytorch: TransformerEncoderLayer with relu and gelu, normalised before and behind") {
  const auto run = []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    Rng rng(1);
    const auto x = in.at("x");
    const bool gelu = o.text("activation") == "gelu";
    nn::TransformerEncoderLayer<T> layer(
        {.embed_dim = x.size(-1),
         .heads = o.index("heads"),
         .feedforward = o.index("feedforward"),
         .activation = gelu ? nn::TransformerActivation::gelu : nn::TransformerActivation::relu,
         .layer_norm_eps = o.number("eps"),
         .norm_first = o.flag("norm_first"),
         .bias = in.contains("linear1.bias")},
        rng);
    std::size_t parameters = 0;
    nn::each_parameter(layer, [&](const std::string& name, const Variable<T>& parameter) {
      const_cast<Variable<T>&>(parameter) = in.at(name);  // of `layer`, which is not const
      ++parameters;
    });
    CHECK(parameters + 1 == in.size());
    nn::MultiheadAttentionMasks<T> masks{.causal = o.flag("causal")};
    if (o.contains("key_padding")) masks.key_padding_mask = option_flags(o, "key_padding", {x.size(0), x.size(1)});
    return {{"y", layer(x, masks)}};
  };
  fixtures::check_file("transformer_encoder_layer", run);
}
