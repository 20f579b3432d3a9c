#pragma once

#include "latent/kernels/lstm.hpp"
#include "latent/nn/recurrent.hpp"

namespace latent {

/// One LSTM layer's parameters, gates in the order i f g o: weight_ih [4H, In], weight_hh [4H, H], biases [4H].
template <Scalar T>
using LstmParameters = RecurrentParameters<T>;

/// y [N, T, H] for all steps, and the cell after the last, c [N, H].
template <Scalar T>
using LstmLayerResult = RecurrentLayerResult<T>;

/// For every step, with (a_i a_f a_g a_o) = x_t W_ih^T + b_ih + h W_hh^T + b_hh:
///
///     i, f, o = sigmoid(a_i, a_f, a_o)    g = tanh(a_g)    c = f c + i g    y_t = h = o tanh(c)
///
/// x [N, T, In], h0 and c0 [N, H] or undefined, which is zero. ShapeError if the shapes do not fit, or T is 0.
/// Hochreiter and Schmidhuber, 1997, in the form of torch.nn.LSTM.
template <Scalar T>
LstmLayerResult<T> lstm_layer(const Variable<T>& x, const Variable<T>& h0, const Variable<T>& c0,
                              const LstmParameters<T>& p) {
  return detail::recurrent_layer("lstm", kernels::LstmCell{}, x, h0, c0, p);
}

namespace nn {

/// Hidden state and cell of every layer and direction; undefined ones stand for zero.
template <Scalar T>
struct LSTMState {
  Variable<T> h;  ///< [layers, N, H], or [2 layers, N, H] of both directions
  Variable<T> c;  ///< likewise
};

/// Outputs of the last layer for all steps, and the state after the last step.
template <Scalar T>
struct LSTMResult {
  Variable<T> output;  ///< [N, T, H], or [N, T, 2H] of both directions
  LSTMState<T> state;  ///< `state.h` and `state.c`, [layers, N, H]
};

/// ValueError for sizes below 1, and a dropout outside [0, 1].
struct LSTMOptions {
  Index in = 0;      ///< features of a step
  Index hidden = 0;  ///< features of the state
  Index layers = 1;  ///< one upon the other
  bool bias = true;
  double dropout = 0;          ///< probability of outputs of all layers but the last to be dropped in training
  bool bidirectional = false;  ///< each layer also runs from the last step to the first, with parameters of its own

  constexpr void check_values() const { detail::check_recurrent("LSTM", in, hidden, layers, dropout); }
  /// [N, T, In] -> [N, T, H], or [N, T, 2H] of both directions
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    return detail::recurrent_shape("LSTM", x, in, bidirectional ? 2 * hidden : hidden);
  }
};

/// A stack of LSTM layers over batches of sequences, x [N, T, In] -> output [N, T, H], batch first.
/// Parameters weight_ih_l0 [4H, In], weight_hh_l0 [4H, H], bias_ih_l0 and bias_hh_l0 [4H], then those of l1, ..; all
/// begin uniform in +-1 / sqrt(H). As torch.nn.LSTM with batch_first.
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
struct LSTM {
  LSTMOptions options;
  std::vector<LstmParameters<T>> layers;  ///< with both directions two of each layer

  LSTM(const LSTMOptions& o, Rng& rng) : options(o), layers(detail::recurrent_parameters<T>(o, 4, rng)) {}

  /// x [N, T, In] -> output [N, T, H], state.h and state.c [layers, N, H]:
  ///
  ///     const auto [output, state] = lstm(x);
  ///
  /// `initial` may be left out, or have h or c undefined, which are then zero. ShapeError for shapes that do not fit.
  LSTMResult<T> operator()(const Variable<T>& x, const LSTMState<T>& initial = {},
                           std::span<const Index> lengths = {}) const {
    auto result =
        detail::run_layers("LSTM", "lstm", kernels::LstmCell{}, options, layers, x, initial.h, initial.c, lengths);
    return {std::move(result.output), {std::move(result.h), std::move(result.c)}};
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    detail::visit_layers(layers, options.bidirectional, f);
  }
};

}  // namespace nn
}  // namespace latent
