#pragma once

#include "latent/kernels/rnn.hpp"
#include "latent/nn/recurrent.hpp"

namespace latent {

/// One plain recurrent layer. For every step
///
///     y_t = h = f(x_t W_ih^T + b_ih + h W_hh^T + b_hh)    f is tanh or relu
///
/// x [N, T, In], h0 [N, H] or undefined, which is zero, weight_ih [H, In], weight_hh [H, H], biases [H] -> y [N, T, H].
/// ShapeError if the shapes do not fit, or T is 0. Elman, 1990, in the form of torch.nn.RNN.
template <Scalar T>
Variable<T> rnn_layer(const Variable<T>& x, const Variable<T>& h0, const RecurrentParameters<T>& p,
                      kernels::Activation nonlinearity = kernels::Activation::tanh) {
  return detail::recurrent_layer("rnn", kernels::RnnCell{nonlinearity}, x, h0, {}, p).y;
}

namespace nn {

/// Outputs of the last layer for all steps [N, T, H], and the hidden state of every layer after the last [layers, N,
/// H].
template <Scalar T>
struct RNNResult {
  Variable<T> output;  ///< [N, T, H], or [N, T, 2H] of both directions
  Variable<T> state;   ///< h of each layer after its last step, [layers, N, H], or [2 layers, N, H]
};

/// ValueError for sizes below 1, a dropout outside [0, 1], and a nonlinearity other than tanh and relu.
struct RNNOptions {
  Index in = 0;                                                  ///< features of a step
  Index hidden = 0;                                              ///< features of the state
  Index layers = 1;                                              ///< one upon the other
  kernels::Activation nonlinearity = kernels::Activation::tanh;  ///< or relu
  bool bias = true;
  double dropout = 0;          ///< probability of outputs of all layers but the last to be dropped in training
  bool bidirectional = false;  ///< each layer also runs from the last step to the first, with parameters of its own

  constexpr void check_values() const {
    detail::check_recurrent("RNN", in, hidden, layers, dropout);
    check<ValueError>(nonlinearity == kernels::Activation::tanh || nonlinearity == kernels::Activation::relu,
                      "RNN: nonlinearity must be tanh or relu");
  }
  /// [N, T, In] -> [N, T, H], or [N, T, 2H] of both directions
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    return detail::recurrent_shape("RNN", x, in, bidirectional ? 2 * hidden : hidden);
  }
};

/// A stack of plain recurrent layers over batches of sequences, x [N, T, In] -> output [N, T, H], batch first.
/// Parameters weight_ih_l0 [H, In], weight_hh_l0 [H, H], bias_ih_l0 and bias_hh_l0 [H], then those of l1, ..; all begin
/// uniform in +-1 / sqrt(H). As torch.nn.RNN with batch_first.
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
struct RNN {
  RNNOptions options;
  std::vector<RecurrentParameters<T>> layers;  ///< with both directions two of each layer

  RNN(const RNNOptions& o, Rng& rng) : options(o), layers(detail::recurrent_parameters<T>(o, 1, rng)) {}

  /// x [N, T, In] -> output [N, T, H] and state [layers, N, H]:
  ///
  ///     const auto [output, state] = rnn(x);
  ///
  /// `initial` [layers, N, H] may be left out, which is zero. ShapeError for shapes that do not fit.
  RNNResult<T> operator()(const Variable<T>& x, const Variable<T>& initial = {},
                          std::span<const Index> lengths = {}) const {
    auto result = detail::run_layers("RNN", "rnn", kernels::RnnCell{options.nonlinearity}, options, layers, x, initial,
                                     Variable<T>(), lengths);
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
