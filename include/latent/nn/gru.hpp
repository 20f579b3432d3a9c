#pragma once

#include "latent/kernels/gru.hpp"
#include "latent/nn/recurrent.hpp"

namespace latent {

/// One GRU layer. For every step, with (u_r u_z u_n) = x_t W_ih^T + b_ih and (v_r v_z v_n) = h W_hh^T + b_hh:
///
///     r, z = sigmoid(u_r + v_r, u_z + v_z)    n = tanh(u_n + r v_n)    y_t = h = n + z (h - n)
///
/// x [N, T, In], h0 [N, H] or undefined, which is zero, weight_ih [3H, In], weight_hh [3H, H], biases [3H] -> y
/// [N, T, H]. ShapeError if the shapes do not fit, or T is 0. Cho et al., 2014, in the form of torch.nn.GRU.
template <Scalar T>
Variable<T> gru_layer(const Variable<T>& x, const Variable<T>& h0, const RecurrentParameters<T>& p) {
  return detail::recurrent_layer("gru", kernels::GruCell{}, x, h0, {}, p).y;
}

namespace nn {

/// Outputs of the last layer for all steps [N, T, H], and the hidden state of every layer after the last [layers, N,
/// H].
template <Scalar T>
struct GRUResult {
  Variable<T> output;  ///< [N, T, H], or [N, T, 2H] of both directions
  Variable<T> state;   ///< h of each layer after its last step, [layers, N, H], or [2 layers, N, H]
};

/// ValueError for sizes below 1, and a dropout outside [0, 1].
struct GRUOptions {
  Index in = 0;      ///< features of a step
  Index hidden = 0;  ///< features of the state
  Index layers = 1;  ///< one upon the other
  bool bias = true;
  double dropout = 0;          ///< probability of outputs of all layers but the last to be dropped in training
  bool bidirectional = false;  ///< each layer also runs from the last step to the first, with parameters of its own

  constexpr void check_values() const { detail::check_recurrent("GRU", in, hidden, layers, dropout); }
  /// [N, T, In] -> [N, T, H], or [N, T, 2H] of both directions
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    return detail::recurrent_shape("GRU", x, in, bidirectional ? 2 * hidden : hidden);
  }
};

/// A stack of GRU layers over batches of sequences, x [N, T, In] -> output [N, T, H], batch first.
/// Parameters weight_ih_l0 [3H, In], weight_hh_l0 [3H, H], bias_ih_l0 and bias_hh_l0 [3H], gates in the order r z n,
/// then those of l1, ..; all begin uniform in +-1 / sqrt(H). As torch.nn.GRU with batch_first.
///
/// Both directions: output [N, T, 2H], first of the steps forwards, then of those backwards; parameters
/// weight_ih_l0_reverse, .. behind those of l0, and weights of the next layer [.., 2H]; states [2 layers, N, H], l0, l0
/// reverse, l1, ..
///
/// `lengths` are the steps of each sequence, within 1 and T; without them all have T. What lies behind the end of one
/// is padding: it is ignored, the output there is zero, the state that after the last real step, and backwards begins
/// there. As pack_padded_sequence with enforce_sorted=False and pad_packed_sequence. ShapeError if there is not one
/// length for each sequence, ValueError for one out of range.
template <Scalar T = float>
struct GRU {
  GRUOptions options;
  std::vector<RecurrentParameters<T>> layers;  ///< with both directions two of each layer

  GRU(const GRUOptions& o, Rng& rng) : options(o), layers(detail::recurrent_parameters<T>(o, 3, rng)) {}

  /// x [N, T, In] -> output [N, T, H] and state [layers, N, H]:
  ///
  ///     const auto [output, state] = gru(x);
  ///
  /// `initial` [layers, N, H] may be left out, which is zero. ShapeError for shapes that do not fit.
  GRUResult<T> operator()(const Variable<T>& x, const Variable<T>& initial = {},
                          std::span<const Index> lengths = {}) const {
    auto result =
        detail::run_layers("GRU", "gru", kernels::GruCell{}, options, layers, x, initial, Variable<T>(), lengths);
    return {std::move(result.output), std::move(result.h)};
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    detail::visit_layers(layers, options.bidirectional, f);
  }
};

}  // namespace nn
}  // namespace latent
