#pragma once

#include <memory>
#include <string>
#include <vector>

#include "latent/autograd/shaping.hpp"
#include "latent/kernels/lstm.hpp"
#include "latent/nn/init.hpp"

namespace latent {

/// One LSTM layer's parameters; the biases may be undefined.
template <Scalar T>
struct LstmParameters {
  Variable<T> weight_ih;  ///< [4H, In], gates in the order i f g o
  Variable<T> weight_hh;  ///< [4H, H]
  Variable<T> bias_ih;    ///< [4H]
  Variable<T> bias_hh;    ///< [4H]
};

/// What one layer computes: y [N, T, H] for all steps, and the cell after the last, c [N, H].
template <Scalar T>
struct LstmLayerResult {
  Variable<T> y, c;
};

/// For every step, with (a_i a_f a_g a_o) = x_t W_ih^T + b_ih + h W_hh^T + b_hh:
///
///     i, f, o = sigmoid(a_i, a_f, a_o)    g = tanh(a_g)    c = f c + i g    y_t = h = o tanh(c)
///
/// x [N, T, In], h0 and c0 [N, H] or undefined, which is zero. ShapeError if the shapes do not fit, or T is 0.
/// Hochreiter and Schmidhuber, 1997, in the form of torch.nn.LSTM.
template <Scalar T>
LstmLayerResult<T> lstm_layer(const Variable<T>& x, const Variable<T>& h0, const Variable<T>& c0,
                              const LstmParameters<T>& p) {
  const auto [n, t, in] = x.shape().template sizes<3>("lstm: x [N, T, In]");
  const Index h = p.weight_hh.size(-1);
  const kernels::LstmSizes sizes{n, t, in, h};
  check<ShapeError>(t >= 1, "lstm: x ", x.shape(), " has no time step");
  check<ShapeError>(p.weight_ih.shape() == Shape{4 * h, in}, "lstm: x ", x.shape(), " does not fit weight_ih ",
                    p.weight_ih.shape(), ", expected x [N, T, ", p.weight_ih.size(-1), "]");
  check<ShapeError>(p.weight_hh.shape() == Shape{4 * h, h}, "lstm: weight_hh ", p.weight_hh.shape(),
                    " does not fit, expected [4 H, H]");
  detail::check_bias("lstm", p.bias_ih, 4 * h);
  detail::check_bias("lstm", p.bias_hh, 4 * h);
  for (const Variable<T>* state : {&h0, &c0})
    if (*state)
      check<ShapeError>(state->shape() == Shape{n, h}, "lstm: initial state ", state->shape(),
                        " does not fit, expected [", n, ", ", h, "]");

  auto y = Tensor<T>::uninitialized({n, t, h});
  auto rows = Tensor<T>::uninitialized({t, n, sizes.row()});
  auto cells = Tensor<T>::uninitialized({t, n, h});
  auto gates = Tensor<T>::uninitialized({t, n, 4 * h});
  const auto data = [](const Tensor<T>& tensor) { return tensor.data(); };
  const auto value = [](const Variable<T>& variable) { return variable ? variable.value() : Tensor<T>(); };
  struct Saved {
    Tensor<T> x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0;
  };
  const Saved saved{x.value(), p.weight_ih.value(), p.weight_hh.value(), value(p.bias_ih), value(p.bias_hh), value(h0),
                    value(c0)};
  const auto inputs = [data](const Saved& s) {
    return kernels::LstmInputs<T>{data(s.x),       data(s.weight_ih), data(s.weight_hh), data(s.bias_ih),
                                  data(s.bias_hh), data(s.h0),        data(s.c0)};
  };
  const kernels::LstmReserve<T> reserve{rows.data(), cells.data(), gates.data()};
  kernels::lstm(sizes, inputs(saved), y.data(), reserve);

  auto c = Tensor<T>::uninitialized({n, h});
  std::copy_n(data(cells) + (t - 1) * n * h, n * h, c.data());

  // y and c come from one computation. c, recorded as if computed from y, leaves its gradient for y's backward,
  // which then runs next.
  const auto dc_last = std::allocate_shared<Tensor<T>>(memory::Allocator<Tensor<T>>());
  LstmLayerResult<T> result;
  result.y = Variable<T>::result(
      "lstm", y, {x, h0, c0, p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh},
      [x, h0, c0, p, saved, inputs, data, sizes, rows, cells, gates, reserve, dc_last](const Tensor<T>& dy) {
        kernels::lstm_backward<T>(sizes, inputs(saved), reserve, {dy.data(), data(*dc_last)},
                                  {x.grad_target(), h0.grad_target(), c0.grad_target(), p.weight_ih.grad_target(),
                                   p.weight_hh.grad_target(), p.bias_ih.grad_target(), p.bias_hh.grad_target()});
      });
  result.c = Variable<T>::result("lstm cell", std::move(c), {result.y}, [y = result.y, dc_last](const Tensor<T>& dc) {
    *dc_last = dc;
    y.grad_data();
  });
  return result;
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

  constexpr void check_values() const {
    check<ValueError>(in >= 1 && hidden >= 1 && layers >= 1, "LSTM: in, hidden and layers must be at least 1, got in ",
                      in, ", hidden ", hidden, ", layers ", layers);
  }
  /// [N, T, In] -> [N, T, H]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() == 3 && x[2] == in && x[1] >= 1, "LSTM: x ", x, " does not fit, expected x [N, T, ", in,
                      "]");
    return {x[0], x[1], hidden};
  }
};

/// A stack of LSTM layers over batches of sequences, x [N, T, In] -> output [N, T, H], batch first.
/// Parameters weight_ih_l0 [4H, In], weight_hh_l0 [4H, H], bias_ih_l0 and bias_hh_l0 [4H], then those of l1, ..; all
/// begin uniform in +-1 / sqrt(H). As torch.nn.LSTM with batch_first.
template <Scalar T = float>
struct LSTM {
  LSTMOptions options;
  std::vector<LstmParameters<T>> layers;

  LSTM(const LSTMOptions& o, Rng& rng) : options(o) {
    options.check_values();
    const Index h = options.hidden;
    for (Index layer = 0; layer < options.layers; ++layer) {
      LstmParameters<T>& p = layers.emplace_back();
      p.weight_ih = uniform_parameter<T>({4 * h, layer ? h : options.in}, h, rng);
      p.weight_hh = uniform_parameter<T>({4 * h, h}, h, rng);
      if (options.bias) p.bias_ih = uniform_parameter<T>({4 * h}, h, rng);
      if (options.bias) p.bias_hh = uniform_parameter<T>({4 * h}, h, rng);
    }
  }

  /// `initial` may be left out, or have h or c undefined, which are then zero.
  LSTMResult<T> operator()(const Variable<T>& x, const LSTMState<T>& initial = {}) const {
    const Shape out = options.output_shape(x.shape());
    const Shape states{options.layers, out[0], options.hidden};
    for (const Variable<T>* state : {&initial.h, &initial.c})
      if (*state)
        check<ShapeError>(state->shape() == states, "LSTM: initial state ", state->shape(), " does not fit, expected ",
                          states);
    const auto of_layer = [&](const Variable<T>& state, Index layer) {
      return state ? reshape(slice(state, 0, layer, layer + 1), states.without(0)) : state;
    };

    std::vector<Variable<T>, memory::Allocator<Variable<T>>> hs, cs;
    Variable<T> y = x;
    for (Index layer = 0; layer < options.layers; ++layer) {
      const auto result = lstm_layer(y, of_layer(initial.h, layer), of_layer(initial.c, layer),
                                     layers[static_cast<std::size_t>(layer)]);
      y = result.y;
      hs.push_back(reshape(slice(y, 1, out[1] - 1, out[1]), states.with(0, 1)));
      cs.push_back(reshape(result.c, states.with(0, 1)));
    }
    return {y, {concat(std::span<const Variable<T>>(hs), 0), concat(std::span<const Variable<T>>(cs), 0)}};
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      const std::string suffix = "_l" + std::to_string(layer);
      f("weight_ih" + suffix, layers[layer].weight_ih);
      f("weight_hh" + suffix, layers[layer].weight_hh);
      f("bias_ih" + suffix, layers[layer].bias_ih);
      f("bias_hh" + suffix, layers[layer].bias_hh);
    }
  }
};

}  // namespace nn
}  // namespace latent
