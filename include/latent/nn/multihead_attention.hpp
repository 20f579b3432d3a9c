#pragma once

#include "latent/autograd/shaping.hpp"
#include "latent/nn/attention.hpp"
#include "latent/nn/linear.hpp"

namespace latent::nn {

/// ValueError for sizes below 1, an embed_dim that the heads do not divide, and a dropout outside [0, 1].
struct MultiheadAttentionOptions {
  Index embed_dim = 0;  ///< elements of a query, key, value and result: E
  Index heads = 0;      ///< among which they are shared
  double dropout = 0;   ///< of the softmax, while the thread trains
  bool bias = true;

  constexpr void check_values() const {
    check<ValueError>(embed_dim >= 1 && heads >= 1,
                      "MultiheadAttention: embed_dim and heads must be at least 1, got embed_dim ", embed_dim,
                      " and heads ", heads);
    check<ValueError>(embed_dim % heads == 0, "MultiheadAttention: heads must divide embed_dim, got embed_dim ",
                      embed_dim, " and heads ", heads);
    latent::detail::check_attention_dropout("MultiheadAttention", dropout);
  }
  /// Of self-attention, [N, T, E] -> [N, T, E]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 3 && x.size(-1) == embed_dim, "MultiheadAttention: x ", x,
                      " does not fit, expected x [N, T, ", embed_dim, "]");
    return x;
  }
};

/// What is hidden. As in torch.nn.MultiheadAttention, and other than in scaled_dot_product_attention, flags are true
/// for keys that are ignored.
template <Scalar T>
struct MultiheadAttentionMasks {
  Tensor<bool> key_padding_mask{};  ///< [N, S]
  AttentionMask<T> attn_mask{};     ///< [T, S], or [N heads, T, S]; numbers are added to the scores
  bool causal = false;              ///< query t attends to the keys 0 to t only
};

/// y = (heads, side by side) W_o^T + b_o, where a head is softmax(q k^T / sqrt(D)) v of its D = E / heads elements of
/// q W_q^T + b_q, k W_k^T + b_k and v W_v^T + b_v    q [N, T, E], k and v [N, S, E] -> y [N, T, E]
///
/// in_proj_weight [3E, E] holds W_q, W_k and W_v, one below the other, and begins uniform in +-sqrt(6 / 4E); out_proj
/// is a Linear; biases begin as 0. A query that may attend to no key has y = b_o. Keys and values that are one variable
/// are one product, and so are queries, keys and values. As torch.nn.MultiheadAttention with batch_first, without its
/// weights as a second result.
/// Vaswani et al., "Attention is all you need", 2017.
template <Scalar T = float>
struct MultiheadAttention {
  MultiheadAttentionOptions options;
  Variable<T> in_proj_weight, in_proj_bias;  ///< [3E, E] and [3E]
  Linear<T> out_proj;                        ///< W_o and b_o

  MultiheadAttention(const MultiheadAttentionOptions& o, Rng& rng)
      : options((o.check_values(), o)), out_proj({.in = o.embed_dim, .out = o.embed_dim, .bias = o.bias}, rng) {
    const Index e = options.embed_dim;
    const T bound = std::sqrt(T(6) / static_cast<T>(4 * e));
    in_proj_weight = Variable<T>(rng.uniform<T>({3 * e, e}, -bound, bound), true);
    if (!options.bias) return;
    in_proj_bias = Variable<T>(Tensor<T>({3 * e}), true);
    out_proj.bias = Variable<T>(Tensor<T>({e}), true);
  }

  /// Self-attention, x [N, T, E] -> [N, T, E].
  Variable<T> operator()(const Variable<T>& x, const MultiheadAttentionMasks<T>& masks = {}) const {
    options.output_shape(x.shape());
    return (*this)(x, x, x, masks);
  }

  /// q [N, T, E], k and v [N, S, E] -> [N, T, E]. ShapeError if shapes do not fit, those of masks too.
  Variable<T> operator()(const Variable<T>& q, const Variable<T>& k, const Variable<T>& v,
                         const MultiheadAttentionMasks<T>& masks = {}) const {
    const Index e = options.embed_dim, d = e / options.heads;
    const Shape &qs = q.shape(), &ks = k.shape();
    check<ShapeError>(qs.rank() == 3 && ks.rank() == 3 && qs[2] == e && ks == Shape{qs[0], ks[1], e} && v.shape() == ks,
                      "MultiheadAttention: q ", qs, ", k ", ks, " and v ", v.shape(), " do not fit, expected q [N, T, ",
                      e, "], k and v [N, S, ", e, "]");
    const Index n = qs[0], t = qs[1], s = ks[1];
    latent::detail::Attention<T> a{.sizes = {n, options.heads, t, s, d, d},
                                   .scale = 1 / std::sqrt(static_cast<double>(d)),
                                   .causal = masks.causal,
                                   .allowed = allowed_keys(masks.key_padding_mask, n, s),
                                   .added = added_scores(masks.attn_mask, n, t, s)};
    a.set_dropout(options.dropout);

    // How many of the three projections stand side by side in a row of the variable that each lies in.
    const bool self = q.identity() == k.identity() && k.identity() == v.identity();
    const bool shared = self || k.identity() == v.identity();
    const Variable<T> pq = project(q, 0, self ? 3 : 1);
    const Variable<T> pk = self ? pq : project(k, 1, shared ? 2 : 1);
    const Variable<T> pv = shared ? pk : project(v, 2, 1);
    const auto operand = [&](const Variable<T>& x, Index place) {
      return latent::detail::AttentionOperand<T>{x, layout(x.shape(), place * e)};
    };
    return out_proj(latent::detail::attention<T>("attention", a,
                                                 {operand(pq, 0), operand(pk, self ? 1 : 0),
                                                  operand(pv, self     ? 2
                                                              : shared ? 1
                                                                       : 0)},
                                                 qs, layout(qs, 0)));
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("in_proj_weight", in_proj_weight);
    f("in_proj_bias", in_proj_bias);
    f("out_proj", out_proj);
  }

 private:
  /// Heads within the rows of x [N, T, ..], from a column on.
  latent::detail::HeadsLayout layout(const Shape& x, Index column) const {
    return {.offset = column,
            .batch_stride = x.stride(0),
            .head_stride = options.embed_dim / options.heads,
            .row_stride = x.stride(1)};
  }

  /// x by some of W_q, W_k and W_v, side by side.
  Variable<T> project(const Variable<T>& x, Index first, Index count) const {
    if (count == 3) return linear(x, in_proj_weight, in_proj_bias);
    const auto part = [&](const Variable<T>& parameter) {
      const Index e = options.embed_dim;
      return parameter ? slice(parameter, 0, first * e, (first + count) * e) : parameter;
    };
    return linear(x, part(in_proj_weight), part(in_proj_bias));
  }

  static Tensor<bool> allowed_keys(const Tensor<bool>& key_padding_mask, Index n, Index s) {
    if (!key_padding_mask.defined()) return {};
    check<ShapeError>(key_padding_mask.shape() == Shape{n, s}, "MultiheadAttention: key_padding_mask ",
                      key_padding_mask.shape(), " does not fit, expected [", n, ", ", s, "]");
    auto allowed = Tensor<bool>::uninitialized({n, 1, 1, s});
    std::ranges::transform(key_padding_mask.elements(), allowed.data(), [](bool ignored) { return !ignored; });
    return allowed;
  }

  Tensor<T> added_scores(const AttentionMask<T>& mask, Index n, Index t, Index s) const {
    if (!mask.flags.defined() && !mask.added.defined()) return {};
    const Shape given = mask.flags.defined() ? mask.flags.shape() : mask.added.shape();
    const Index heads = options.heads;
    const bool each = given == Shape{n * heads, t, s};
    check<ShapeError>(each || given == Shape{t, s}, "MultiheadAttention: attn_mask ", given,
                      " does not fit, expected [", t, ", ", s, "] or [", n * heads, ", ", t, ", ", s, "]");
    Tensor<T> added = mask.added;
    if (mask.flags.defined()) {
      added = Tensor<T>::uninitialized(given);
      std::ranges::transform(mask.flags.elements(), added.data(),
                             [](bool hidden) { return hidden ? -std::numeric_limits<T>::infinity() : T(0); });
    }
    return each ? std::move(added).reshape({n, heads, t, s}) : added;
  }
};

}  // namespace latent::nn
