#pragma once

#include <algorithm>

#include "latent/kernels/math.hpp"

namespace latent::kernels {

/// Functions that products apply to their results while these are at hand.
enum class Activation { none, relu, sigmoid, tanh };

/// max(x, 0); NaN stays.
template <class T>
inline Vector<T> relu(const Vector<T>& x) {
  return x <= T(0) ? Vector<T>{} : x;
}

namespace detail {

template <class T, class F>
void in_registers(Index n, T* y, F f) {
  for (Index i = 0; i < n; i += lanes<T>) store(y + i, f(i, std::min(lanes<T>, n - i)), std::min(lanes<T>, n - i));
}

}  // namespace detail

/// x = activation(x), on the calling thread.
template <class T>
__attribute__((noinline)) void activate(Activation activation, T* x, Index n) {
  const auto apply = [&](auto f) {
    detail::in_registers(n, x, [&](Index i, Index count) { return f(load(x + i, count)); });
  };
  switch (activation) {
    case Activation::none: return;
    case Activation::relu: return apply([](const Vector<T>& v) { return relu<T>(v); });
    case Activation::sigmoid: return apply([](const Vector<T>& v) { return sigmoid<T>(v); });
    case Activation::tanh: return apply([](const Vector<T>& v) { return tanh<T>(v); });
  }
}

/// dz = f'(z) dy for y = f(z), on the calling thread.
template <class T>
__attribute__((noinline)) void through_activation(Activation activation, Index n, const T* dy, const T* y, T* dz) {
  const auto apply = [&](auto f) {
    detail::in_registers(n, dz, [&](Index i, Index count) { return f(load(dy + i, count), load(y + i, count)); });
  };
  using V = Vector<T>;
  switch (activation) {
    case Activation::none: return apply([](const V& d, const V&) { return d; });
    case Activation::relu: return apply([](const V& d, const V& v) { return v > T(0) ? d : V{}; });
    case Activation::sigmoid: return apply([](const V& d, const V& v) { return d * v * (T(1) - v); });
    case Activation::tanh: return apply([](const V& d, const V& v) { return d * (T(1) - v * v); });
  }
}

}  // namespace latent::kernels
