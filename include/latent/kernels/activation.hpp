#pragma once

#include <algorithm>

#include "latent/kernels/epilogue.hpp"
#include "latent/kernels/exp.hpp"

/// The activations, each with its derivative beneath it, as a function of whole registers.
namespace latent::kernels {

/// y = max(x, 0), with derivative 0 at 0; NaN stays, and lets gradients through
template <class T>
struct Relu {
  /// y
  static Vector<T> forward(const Vector<T>& x) { return x <= T(0) ? Vector<T>{} : x; }
  /// dx, from the result alone
  static Vector<T> backward(const Vector<T>& dy, const Vector<T>& y) { return y <= T(0) ? Vector<T>{} : dy; }
};

/// y = 1 / (1 + exp(-x))
template <class T>
struct Sigmoid {
  /// y
  static Vector<T> forward(const Vector<T>& x) { return sigmoid<T>(x); }
  /// dx, from the result alone
  static Vector<T> backward(const Vector<T>& dy, const Vector<T>& y) { return dy * y * (T(1) - y); }
};

/// y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))
template <class T>
struct Tanh {
  /// y
  static Vector<T> forward(const Vector<T>& x) { return tanh<T>(x); }
  /// dx, from the result alone
  static Vector<T> backward(const Vector<T>& dy, const Vector<T>& y) { return dy * (T(1) - y * y); }
};

namespace detail {

/// Calls run(Relu<T>{}) or whichever it is; nothing for none.
template <class T, class F>
void with_activation(Activation activation, F run) {
  switch (activation) {
    case Activation::none: return;
    case Activation::relu: return run(Relu<T>{});
    case Activation::sigmoid: return run(Sigmoid<T>{});
    case Activation::tanh: return run(Tanh<T>{});
  }
}

}  // namespace detail

/// x = activation(x), n elements, on the calling thread.
template <class T>
__attribute__((noinline)) void activate(Activation activation, T* x, Index n) {
  detail::with_activation<T>(activation, [&](auto function) {
    for (Index i = 0; i < n; i += lanes<T>) {
      const Index count = std::min(lanes<T>, n - i);
      store(x + i, function.forward(load(x + i, count)), count);
    }
  });
}

/// dz = dy f'(z) for y = f(z), n elements, on the calling thread. Nothing is written without an activation.
template <class T>
__attribute__((noinline)) void activation_backward(Activation activation, Index n, const T* dy, const T* y, T* dz) {
  detail::with_activation<T>(activation, [&](auto function) {
    for (Index i = 0; i < n; i += lanes<T>) {
      const Index count = std::min(lanes<T>, n - i);
      store(dz + i, function.backward(load(dy + i, count), load(y + i, count)), count);
    }
  });
}

}  // namespace latent::kernels
