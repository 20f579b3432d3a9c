#pragma once

#include <cmath>

#include "latent/autograd/arithmetic.hpp"

/// Powers.
namespace latent {

namespace detail {

/// y = x^exponent; by multiplication, division and roots where that is enough
template <Scalar T>
Tensor<T> power(const Tensor<T>& x, double exponent) {
  auto y = Tensor<T>::uninitialized(x.shape());
  const auto map = [&](auto f) { kernels::map(x.numel(), y.data(), kernels::WriteMode::overwrite, f, x.data()); };
  if (exponent == 0.5) {
    map([](const auto& v) { return kernels::sqrt<T>(v); });
  } else if (exponent == -0.5) {
    map([](const auto& v) { return T(1) / kernels::sqrt<T>(v); });
  } else if (exponent == 2) {
    map([](const auto& v) { return v * v; });
  } else if (exponent == 3) {
    map([](const auto& v) { return v * v * v; });
  } else if (exponent == -1) {
    map([](const auto& v) { return T(1) / v; });
  } else if (exponent == -2) {
    map([](const auto& v) { return T(1) / (v * v); });
  } else {
    map([exponent](auto v) {  // in double, since exponents such as 0.1 are no floats
      for (Index lane = 0; lane < kernels::lanes<T>; ++lane)
        v[lane] = static_cast<T>(std::pow(static_cast<double>(v[lane]), exponent));
      return v;
    });
  }
  return y;
}

}  // namespace detail

/// y = x^exponent, element by element. As torch.pow with a number.
template <Scalar T>
Variable<T> pow(const Variable<T>& x, double exponent) {
  return Variable<T>::result(
      "pow", detail::power(x.value(), exponent), {x}, [x, xv = x.value(), exponent](const Tensor<T>& dy) {
        const auto dx = x.grad_target();
        if (!dx) return;
        if (exponent == 0) {
          kernels::map(dy.numel(), dx.data, dx.mode, [] { return kernels::Vector<T>{}; });
        } else {
          const Tensor<T> slope = detail::power(xv, exponent - 1);
          kernels::map(
              dy.numel(), dx.data, dx.mode,
              [p = static_cast<T>(exponent)](const auto& d, const auto& s) { return d * (p * s); }, dy.data(),
              slope.data());
        }
      });
}

/// y = x^exponent, element by element, with broadcasting; where x is 0 and the exponent not negative, the derivative by
/// the exponent is 0. As torch.pow.
template <Scalar T>
Variable<T> pow(const Variable<T>& x, const Variable<T>& exponent) {
  const Shape shape = broadcast_shape("pow", x.shape(), exponent.shape());
  const auto y = detail::broadcast_to<T>(
      shape, [](T a, T p) { return std::pow(a, p); }, x.value(), exponent.value());
  return Variable<T>::result(
      "pow", y, {x, exponent}, [x, exponent, xv = x.value(), pv = exponent.value(), y](const Tensor<T>& dy) {
        if (x.requires_grad())
          detail::pass_back(
              x, detail::broadcast_to<T>(
                     dy.shape(), [](T d, T a, T p) { return p == T(0) ? T(0) : d * (p * std::pow(a, p - T(1))); }, dy,
                     xv, pv));
        if (exponent.requires_grad())
          detail::pass_back(exponent, detail::broadcast_to<T>(
                                          dy.shape(),
                                          [](T d, T a, T p, T power) {
                                            return d * (a == T(0) && p >= T(0) ? T(0) : power * std::log(a));
                                          },
                                          dy, xv, pv, y));
      });
}

}  // namespace latent
