#pragma once

// Piecewise functions, powers and activations.

#include "../kinds.hpp"

namespace fuzz::detail {

/// a or b where the condition is not 0, with broadcasting of all three.
inline Array interpret_where(Tape& tape, const Array& a, const Array& b, const Array& condition) {
  const auto first = [](const Number& x, const Number&) { return x; };
  const auto second = [](const Number&, const Number& x) { return x; };
  const Array shape = broadcast(a, b, first);
  const Array flags = broadcast(condition, shape, first), left = broadcast(broadcast(a, b, first), flags, first),
              right = broadcast(broadcast(a, b, second), flags, first);
  Array y{flags.shape, {}};
  for (Index i = 0; i < y.shape.numel(); ++i) {
    const Real size = std::abs(flags[i].value), error = flags[i].error;
    tape.nearest_corner = std::min(tape.nearest_corner, size);
    y.elements.push_back(size > error ? left[i] : size == 0 && error == 0 ? right[i] : either(tape, left[i], right[i]));
  }
  return y;
}

inline Array interpret_prelu(Tape& tape, const Array& x, const Array& weight) {
  const Index channels = x.shape.rank() ? x.shape.size(-1) : 1;
  expect_shape(weight.shape == Shape{1} || (channels > 0 && weight.shape == Shape{channels}));
  Array y{x.shape, {}};
  for (Index i = 0; i < x.shape.numel(); ++i) y.elements.push_back(leaky_relu(tape, x[i], weight[i % weight.shape[0]]));
  return y;
}

inline std::vector<Operation> activations() {
  using N = const Number&;
  return {
      of_pairs(
          "maximum", [](Tape& t, N a, N b) { return preferred(t, a, b, 1); },
          [](auto a, auto b) { return latent::maximum(a, b); }),
      of_pairs(
          "minimum", [](Tape& t, N a, N b) { return preferred(t, a, b, -1); },
          [](auto a, auto b) { return latent::minimum(a, b); }),
      operation(
          "where", {}, draw_where,
          [](Tape& t, const Inputs& in, const Item&) { return interpret_where(t, *in[0], *in[1], *in[2]); },
          [](const auto& in, const Item&) { return latent::where(in[2].value(), in[0], in[1]); }),
      operation(
          "clamp", {"2 min", "2 max"}, draw_halves,
          [](Tape& t, const Inputs& in, const Item& i) {
            return map(*in[0], [&](N x) { return clamp(t, x, Real(i.options[0]) / 2, Real(i.options[1]) / 2); });
          },
          [](const auto& in, const Item& i) {
            return latent::clamp(in[0], static_cast<double>(i.options[0]) / 2, static_cast<double>(i.options[1]) / 2);
          }),
      operation(
          "pow", {}, draw_power,
          [](Tape& t, const Inputs& in, const Item& i) {
            return map(*in[0], [&](N x) { return pow(t, x, Real(i.number)); });
          },
          [](const auto& in, const Item& i) { return latent::pow(in[0], i.number); }),
      operation(
          "pow of pairs", {}, draw_powers,
          [](Tape& t, const Inputs& in, const Item&) {
            return broadcast(*in[0], *in[1], [&](N a, N b) { return pow(t, a, b); });
          },
          [](const auto& in, const Item&) { return latent::pow(in[0], in[1]); }),
      operation(
          "prelu", {}, draw_prelu,
          [](Tape& t, const Inputs& in, const Item&) { return interpret_prelu(t, *in[0], *in[1]); },
          [](const auto& in, const Item&) { return latent::prelu(in[0], in[1]); }),
      with_number(
          "leaky_relu", [](Tape& t, N x, N s) { return leaky_relu(t, x, s); },
          [](auto x, auto s) { return latent::leaky_relu(x, static_cast<double>(s)); }),
      with_number(
          "elu", [](Tape& t, N x, N s) { return elu(t, x, s); },
          [](auto x, auto s) { return latent::elu(x, static_cast<double>(s)); }),
      of_elements(
          "gelu", [](Tape& t, N x) { return gelu(t, x); }, [](auto x) { return latent::gelu(x); }),
      of_elements(
          "gelu by tanh", [](Tape& t, N x) { return gelu_tanh(t, x); },
          [](auto x) { return latent::gelu(x, latent::Approximate::tanh); }),
      of_elements(
          "silu", [](Tape& t, N x) { return silu(t, x); }, [](auto x) { return latent::silu(x); }),
      of_elements(
          "hardswish", [](Tape& t, N x) { return hardswish(t, x); }, [](auto x) { return latent::hardswish(x); }),
      operation(
          "softplus", {"2 beta", "2 threshold"}, draw_halves,
          [](Tape& t, const Inputs& in, const Item& i) {
            expect_value(i.options[0] != 0);
            return map(*in[0], [&](N x) { return softplus(t, x, Real(i.options[0]) / 2, Real(i.options[1]) / 2); });
          },
          [](const auto& in, const Item& i) {
            return latent::nn::Softplus({.beta = static_cast<double>(i.options[0]) / 2,
                                         .threshold = static_cast<double>(i.options[1]) / 2})(in[0]);
          }),
  };
}

}  // namespace fuzz::detail
