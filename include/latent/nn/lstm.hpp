#pragma once

#include "latent/kernels/lstm.hpp"
#include "latent/nn/recurrent.hpp"

namespace latent {

/// One LSTM layer's parameters, gates in the order i f g o: weight_ih [4H, In], weight_hh [4H, H], biases [4H].
template <Scalar T>
using LstmParameters = RecurrentParameters<T>;

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

/// Hidden state and cell of every layer, both [layers, N, H].
template <Scalar T>
struct LSTMState {
  Variable<T> h, c;
};

/// Outputs of the last layer for all steps [N, T, H], and the state after the last step.
template <Scalar T>
struct LSTMResult {
  Variable<T> output;
  LSTMState<T> state;
};

/// ValueError for sizes below 1.
struct LSTMOptions {
  Index in = 0;      ///< features of a step
  Index hidden = 0;  ///< features of the state
  Index layers = 1;  ///< one upon the other
  bool bias = true;

  constexpr void check_values() const { detail::check_recurrent("LSTM", in, hidden, layers); }
  /// [N, T, In] -> [N, T, H]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    return detail::recurrent_shape("LSTM", x, in, hidden);
  }
};

/// A stack of LSTM layers over batches of sequences, x [N, T, In] -> output [N, T, H], batch first.
/// Parameters weight_ih_l0 [4H, In], weight_hh_l0 [4H, H], bias_ih_l0 and bias_hh_l0 [4H], then those of l1, ..; all
/// begin uniform in +-1 / sqrt(H). As torch.nn.LSTM with batch_first.
template <Scalar T = float>
struct LSTM {
  LSTMOptions options;
  std::vector<LstmParameters<T>> layers;

  LSTM(const LSTMOptions& o, Rng& rng) : options(o), layers(detail::recurrent_parameters<T>(o, 4, rng)) {}

  /// `initial` may be left out, or have h or c undefined, which are then zero.
  LSTMResult<T> operator()(const Variable<T>& x, const LSTMState<T>& initial = {}) const {
    auto result = detail::run_layers("LSTM", "lstm", kernels::LstmCell{}, options, layers, x, initial.h, initial.c);
    return {std::move(result.output), {std::move(result.h), std::move(result.c)}};
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    detail::visit_layers(layers, f);
  }
};

}  // namespace nn
}  // namespace latent
