#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/nn/gelu.hpp"
#include "latent/nn/layer_norm.hpp"
#include "latent/nn/multihead_attention.hpp"

namespace latent::nn {

/// What stands between the two Linears of a TransformerEncoderLayer.
enum class TransformerActivation { relu, gelu };

/// ValueError for sizes below 1, an embed_dim that the heads do not divide, a dropout outside [0, 1] and an eps below
/// 0.
struct TransformerEncoderLayerOptions {
  Index embed_dim = 0;       ///< PyTorch's d_model: E
  Index heads = 0;           ///< PyTorch's nhead
  Index feedforward = 2048;  ///< PyTorch's dim_feedforward, elements between the Linears
  double dropout = 0.1;      ///< of the softmax, between the Linears and of both branches, while the thread trains
  TransformerActivation activation = TransformerActivation::relu;  ///< between the Linears
  double layer_norm_eps = 1e-5;                                    ///< added to variances
  bool norm_first = false;  ///< what a branch takes is normalised, instead of the sum behind it
  bool bias = true;         ///< of all Linears and LayerNorms

  /// Those of its self-attention.
  constexpr MultiheadAttentionOptions attention() const {
    return {.embed_dim = embed_dim, .heads = heads, .dropout = dropout, .bias = bias};
  }
  constexpr void check_values() const {
    check<ValueError>(embed_dim >= 1 && heads >= 1 && feedforward >= 1,
                      "TransformerEncoderLayer: embed_dim, heads and feedforward must be at least 1, got embed_dim ",
                      embed_dim, ", heads ", heads, " and feedforward ", feedforward);
    attention().check_values();
  }
  /// [N, T, E] -> [N, T, E]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 3 && x.size(-1) == embed_dim, "TransformerEncoderLayer: x ", x,
                      " does not fit, expected x [N, T, ", embed_dim, "]");
    return x;
  }
};

/// x = norm1(x + dropout(self_attn(x)))    y = norm2(x + dropout(linear2(dropout(activation(linear1(x))))))
/// or, with norm_first,
/// x = x + dropout(self_attn(norm1(x)))    y = x + dropout(linear2(dropout(activation(linear1(norm2(x))))))
///
/// x [N, T, E] -> y [N, T, E], ShapeError for others. As torch.nn.TransformerEncoderLayer with batch_first.
/// Vaswani et al., "Attention is all you need", 2017; norm_first: Xiong et al., "On layer normalization in the
/// transformer architecture", 2020.
template <Scalar T = float>
struct TransformerEncoderLayer {
  TransformerEncoderLayerOptions options;
  MultiheadAttention<T> self_attn;  ///< of E elements
  Linear<T> linear1, linear2;       ///< E -> feedforward -> E
  LayerNorm<T> norm1, norm2;        ///< of E elements
  Dropout dropout;                  ///< of all three places

  TransformerEncoderLayer(const TransformerEncoderLayerOptions& o, Rng& rng)
      : options((o.check_values(), o)),
        self_attn(o.attention(), rng),
        linear1({.in = o.embed_dim, .out = o.feedforward, .bias = o.bias}, rng),
        linear2({.in = o.feedforward, .out = o.embed_dim, .bias = o.bias}, rng),
        norm1({.normalized_shape = {o.embed_dim}, .eps = o.layer_norm_eps, .bias = o.bias}),
        norm2(norm1.options),
        dropout({.p = o.dropout}) {}

  /// Masks as those of MultiheadAttention: PyTorch's src_mask is attn_mask, its src_key_padding_mask key_padding_mask.
  Variable<T> operator()(const Variable<T>& x, const MultiheadAttentionMasks<T>& masks = {}) const {
    options.output_shape(x.shape());
    if (options.norm_first) {
      const Variable<T> y = x + dropout(self_attn(norm1(x), masks));
      return y + feedforward(norm2(y));
    }
    const Variable<T> y = norm1(x + dropout(self_attn(x, masks)));
    return norm2(y + feedforward(y));
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("self_attn", self_attn);
    f("linear1", linear1);
    f("linear2", linear2);
    f("norm1", norm1);
    f("norm2", norm2);
  }

 private:
  Variable<T> feedforward(const Variable<T>& x) const {
    const Variable<T> inner =
        options.activation == TransformerActivation::relu ? linear1(x, Activation::relu) : gelu(linear1(x));
    return dropout(linear2(dropout(inner)));
  }
};

}  // namespace latent::nn
