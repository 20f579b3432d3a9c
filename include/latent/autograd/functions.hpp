#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/elementwise.hpp"
#include "latent/kernels/exp.hpp"
#include "latent/kernels/log.hpp"

/// Functions of single elements. Each names its derivative beside its value.
namespace latent {

/// y = f(x) with dx += df(dy, x, y), element by element; both take and give registers, on which + - * /,
/// comparisons and ?: work as on numbers. For functions of one's own; `operation` is its name in errors:
///
///     const auto value = [](auto v) { return v * v * v; };
///     const auto derivative = [](auto dy, auto v, auto) { return (dy + dy + dy) * v * v; };
///     const auto y = elementwise("cube", x, value, derivative);
template <Scalar T, class F, class D>
Variable<T> elementwise(const char* operation, const Variable<T>& x, F f, D df) {
  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::map(x.numel(), y.data(), kernels::WriteMode::overwrite, f, x.value().data());
  return Variable<T>::result(operation, y, {x}, [x, value = x.value(), y, df](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target())
      kernels::map(y.numel(), dx.data, dx.mode, df, dy.data(), value.data(), y.data());
  });
}

/// y = exp(x), element by element. As torch.exp.
template <Scalar T>
Variable<T> exp(const Variable<T>& x) {
  return elementwise(
      "exp", x, [](auto v) { return kernels::exp<T>(v); }, [](auto dy, auto, auto y) { return dy * y; });
}

/// y = log(x), the natural logarithm: minus infinity at 0, NaN below. As torch.log.
template <Scalar T>
Variable<T> log(const Variable<T>& x) {
  return elementwise(
      "log", x, [](auto v) { return kernels::log<T>(v); }, [](auto dy, auto v, auto) { return dy / v; });
}

/// y = sqrt(x): NaN below 0, and at 0 with an infinite derivative. As torch.sqrt.
template <Scalar T>
Variable<T> sqrt(const Variable<T>& x) {
  return elementwise(
      "sqrt", x, [](auto v) { return kernels::sqrt<T>(v); }, [](auto dy, auto, auto y) { return dy / (y + y); });
}

/// y = x^2, element by element. As torch.square.
template <Scalar T>
Variable<T> square(const Variable<T>& x) {
  return elementwise(
      "square", x, [](auto v) { return v * v; }, [](auto dy, auto v, auto) { return dy * (T(2) * v); });
}

/// y = |x|, with derivative 0 at 0. As torch.abs.
template <Scalar T>
Variable<T> abs(const Variable<T>& x) {
  return elementwise(
      "abs", x, [](auto v) { return v < T(0) ? -v : v; },
      [](auto dy, auto v, auto) {
        const auto downwards = v < T(0) ? -dy : dy * T(0);
        return v > T(0) ? dy : downwards;
      });
}

/// y = scale x + shift, two numbers for all elements.
template <Scalar T>
Variable<T> affine(const Variable<T>& x, T scale, T shift) {
  return elementwise(
      "affine", x, [scale, shift](auto v) { return scale * v + shift; },
      [scale](auto dy, auto, auto) { return scale * dy; });
}

}  // namespace latent
