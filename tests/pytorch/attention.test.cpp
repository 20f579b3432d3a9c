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
    std::optional<Index> padding_idx;
    if (o.contains("padding_idx")) padding_idx = o.index("padding_idx");
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
    if (o.contains("key_padding")) {
      masks.key_padding_mask = Tensor<bool>({k.size(0), k.size(1)});
      std::ranges::transform(o.numbers("key_padding"), masks.key_padding_mask.data(), [](double e) { return e != 0; });
    }
    return {{"y", layer(q, k, v, masks)}};
  });
}
