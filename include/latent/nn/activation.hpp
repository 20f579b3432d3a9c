#pragma once

#include "latent/autograd/functions.hpp"

namespace latent {

/// y = max(x, 0), with derivative 0 at 0
template <Scalar T>
Variable<T> relu(const Variable<T>& x) {
  return elementwise(
      "relu", x,
      [](Index n, const T* in, T* out) {
        kernels::map(
            n, out, kernels::Into::overwrite, [](auto v) { return v <= T(0) ? decltype(v){} : v; }, in);
      },
      [](auto dy, auto, auto y) { return y > T(0) ? dy : decltype(dy){}; });
}

/// y = 1 / (1 + exp(-x))
template <Scalar T>
Variable<T> sigmoid(const Variable<T>& x) {
  return elementwise(
      "sigmoid", x, [](Index n, const T* in, T* out) { kernels::sigmoid(n, in, out); },
      [](auto dy, auto, auto y) { return dy * y * (T(1) - y); });
}

/// y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))
template <Scalar T>
Variable<T> tanh(const Variable<T>& x) {
  return elementwise(
      "tanh", x, [](Index n, const T* in, T* out) { kernels::tanh(n, in, out); },
      [](auto dy, auto, auto y) { return dy * (T(1) - y * y); });
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
