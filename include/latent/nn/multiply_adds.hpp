#pragma once

#include <span>
#include <string_view>

#include "latent/autograd/variable.hpp"

namespace latent::nn::detail {

/// The multiplications, each with an addition, that an operation needed for its result y: those of products only, which
/// nearly all time goes into. 0 for operations that are none. The zeros that padding and masks would leave out count.
template <Scalar T>
double multiply_adds(std::string_view operation, const Tensor<T>& y, std::span<const Variable<T>> inputs) {
  const auto elements = [](const Shape& shape) { return static_cast<double>(shape.numel()); };
  const Shape& x = inputs.empty() ? y.shape() : inputs[0].shape();
  const auto of_each = [&](const Shape& weight) { return elements(weight) / static_cast<double>(weight[0]); };
  if (operation == "matmul") return elements(y.shape()) * static_cast<double>(x.size(-1));
  if (operation == "linear" || operation == "conv1d" || operation == "conv2d")
    return elements(y.shape()) * of_each(inputs[1].shape());
  if (operation == "conv_transpose1d" || operation == "conv_transpose2d")
    return elements(x) * of_each(inputs[1].shape());
  if (operation == "lstm" || operation == "gru" || operation == "rnn")  // inputs: x, h0, c0, weight_ih, weight_hh
    return static_cast<double>(x[0] * x[1]) * (elements(inputs[3].shape()) + elements(inputs[4].shape()));
  if (operation.ends_with("attention"))  // q k^T and the probabilities' product with v, as long as k
    return 2 * elements(y.shape()) * static_cast<double>(inputs[1].size(-2));
  return 0;
}

}  // namespace latent::nn::detail
