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
  Variable<T> output, state;
};

/// ValueError for sizes below 1.
struct GRUOptions {
  Index in = 0;      ///< features of a step
  Index hidden = 0;  ///< features of the state
  Index layers = 1;  ///< one upon the other
  bool bias = true;

  constexpr void check_values() const { detail::check_recurrent("GRU", in, hidden, layers); }
  /// [N, T, In] -> [N, T, H]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    return detail::recurrent_shape("GRU", x, in, hidden);
  }
};

/// A stack of GRU layers over batches of sequences, x [N, T, In] -> output [N, T, H], batch first.
/// Parameters weight_ih_l0 [3H, In], weight_hh_l0 [3H, H], bias_ih_l0 and bias_hh_l0 [3H], gates in the order r z n,
/// then those of l1, ..; all begin uniform in +-1 / sqrt(H). As torch.nn.GRU with batch_first.
template <Scalar T = float>
struct GRU {
  GRUOptions options;
  std::vector<RecurrentParameters<T>> layers;

  GRU(const GRUOptions& o, Rng& rng) : options(o), layers(detail::recurrent_parameters<T>(o, 3, rng)) {}

  /// `initial` [layers, N, H] may be left out, which is zero.
  GRUResult<T> operator()(const Variable<T>& x, const Variable<T>& initial = {}) const {
    auto result = detail::run_layers("GRU", "gru", kernels::GruCell{}, options, layers, x, initial, Variable<T>());
    return {std::move(result.output), std::move(result.h)};
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    detail::visit_layers(layers, f);
  }
};

}  // namespace nn
}  // namespace latent
