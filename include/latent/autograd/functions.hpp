#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/activation.hpp"

/// Functions of single elements. Each names its derivative beside its value.
namespace latent {

using kernels::Activation;

/// y = f(x) with dx += df(dy, x, y): `f(n, x, y)` fills y, `df` takes and gives registers.
template <Scalar T, class F, class D>
Variable<T> elementwise(const char* operation, const Variable<T>& x, F f, D df) {
  auto y = Tensor<T>::uninitialized(x.shape());
  f(x.numel(), x.value().data(), y.data());
  return Variable<T>::result(operation, y, {x}, [x, value = x.value(), y, df](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target())
      kernels::map(y.numel(), dx.data, dx.into, df, dy.data(), value.data(), y.data());
  });
}

/// y = exp(x)
template <Scalar T>
Variable<T> exp(const Variable<T>& x) {
  return elementwise(
      "exp", x, [](Index n, const T* in, T* out) { kernels::exp(n, in, out); },
      [](auto dy, auto, auto y) { return dy * y; });
}

/// y = log(x), the natural logarithm
template <Scalar T>
Variable<T> log(const Variable<T>& x) {
  return elementwise(
      "log", x, [](Index n, const T* in, T* out) { kernels::log(n, in, out); },
      [](auto dy, auto in, auto) { return dy / in; });
}

/// y = sqrt(x)
template <Scalar T>
Variable<T> sqrt(const Variable<T>& x) {
  return elementwise(
      "sqrt", x, [](Index n, const T* in, T* out) { kernels::sqrt(n, in, out); },
      [](auto dy, auto, auto y) { return dy / (y + y); });
}

/// y = x^2
template <Scalar T>
Variable<T> square(const Variable<T>& x) {
  return elementwise(
      "square", x,
      [](Index n, const T* in, T* out) {
        kernels::map(
            n, out, kernels::Into::overwrite, [](auto v) { return v * v; }, in);
      },
      [](auto dy, auto in, auto) { return T(2) * dy * in; });
}

/// y = |x|, with derivative 0 at 0
template <Scalar T>
Variable<T> abs(const Variable<T>& x) {
  return elementwise(
      "abs", x,
      [](Index n, const T* in, T* out) {
        kernels::map(
            n, out, kernels::Into::overwrite, [](auto v) { return v < T(0) ? -v : v; }, in);
      },
      [](auto dy, auto in, auto) {
        const auto downwards = in < T(0) ? -dy : dy * T(0);
        return in > T(0) ? dy : downwards;
      });
}

/// y = scale x + shift
template <Scalar T>
Variable<T> affine(const Variable<T>& x, T scale, T shift) {
  return elementwise(
      "affine", x,
      [scale, shift](Index n, const T* in, T* out) {
        kernels::map(
            n, out, kernels::Into::overwrite, [scale, shift](auto v) { return scale * v + shift; }, in);
      },
      [scale](auto dy, auto, auto) { return scale * dy; });
}

}  // namespace latent
