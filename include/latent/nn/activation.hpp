#pragma once

#include "latent/autograd/functions.hpp"
#include "latent/kernels/activation.hpp"

namespace latent {

using kernels::Activation;

namespace detail {

/// y = F::forward(x), where the gradient takes no more than y.
template <template <class> class F, Scalar T>
Variable<T> activation(const char* operation, const Variable<T>& x) {
  using Function = F<T>;
  return elementwise(
      operation, x, [](const auto& v) { return Function::forward(v); },
      [](const auto& dy, const auto&, const auto& y) { return Function::backward(dy, y); });
}

}  // namespace detail

/// y = max(x, 0), with derivative 0 at 0
template <Scalar T>
Variable<T> relu(const Variable<T>& x) {
  return detail::activation<kernels::Relu>("relu", x);
}

/// y = 1 / (1 + exp(-x))
template <Scalar T>
Variable<T> sigmoid(const Variable<T>& x) {
  return detail::activation<kernels::Sigmoid>("sigmoid", x);
}

/// y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))
template <Scalar T>
Variable<T> tanh(const Variable<T>& x) {
  return detail::activation<kernels::Tanh>("tanh", x);
}

namespace nn {

/// max(x, 0), any shape. As torch.nn.ReLU.
struct ReLU {
  static constexpr Activation activation = Activation::relu;

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return relu(x);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

/// 1 / (1 + exp(-x)), any shape. As torch.nn.Sigmoid.
struct Sigmoid {
  static constexpr Activation activation = Activation::sigmoid;

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return sigmoid(x);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

/// tanh(x), any shape. As torch.nn.Tanh.
struct Tanh {
  static constexpr Activation activation = Activation::tanh;

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return tanh(x);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace nn
}  // namespace latent
