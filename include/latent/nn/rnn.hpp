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
  Variable<T> output, state;
};

/// ValueError for sizes below 1, and a nonlinearity other than tanh and relu.
struct RNNOptions {
  Index in = 0;      ///< features of a step
  Index hidden = 0;  ///< features of the state
  Index layers = 1;  ///< one upon the other
  kernels::Activation nonlinearity = kernels::Activation::tanh;
  bool bias = true;

  constexpr void check_values() const {
    detail::check_recurrent("RNN", in, hidden, layers);
    check<ValueError>(nonlinearity == kernels::Activation::tanh || nonlinearity == kernels::Activation::relu,
                      "RNN: nonlinearity must be tanh or relu");
  }
  /// [N, T, In] -> [N, T, H]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    return detail::recurrent_shape("RNN", x, in, hidden);
  }
};

/// A stack of plain recurrent layers over batches of sequences, x [N, T, In] -> output [N, T, H], batch first.
/// Parameters weight_ih_l0 [H, In], weight_hh_l0 [H, H], bias_ih_l0 and bias_hh_l0 [H], then those of l1, ..; all begin
/// uniform in +-1 / sqrt(H). As torch.nn.RNN with batch_first.
template <Scalar T = float>
struct RNN {
  RNNOptions options;
  std::vector<RecurrentParameters<T>> layers;

  RNN(const RNNOptions& o, Rng& rng) : options(o), layers(detail::recurrent_parameters<T>(o, 1, rng)) {}

  /// `initial` [layers, N, H] may be left out, which is zero.
  RNNResult<T> operator()(const Variable<T>& x, const Variable<T>& initial = {}) const {
    auto result = detail::run_layers("RNN", "rnn", kernels::RnnCell{options.nonlinearity}, options, layers, x, initial,
                                     Variable<T>());
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
