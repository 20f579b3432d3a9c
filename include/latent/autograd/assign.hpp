#pragma once

#include "latent/autograd/arithmetic.hpp"

/// x += y and the like for variables: x = x + y. The handle x then stands for the result, with the gradients that
/// belong to it; what the operations before have taken, and other handles, stay as they were.
///
///     Variable<float> total = loss(first);
///     total += loss(second);
///
/// Error for a leaf that requires a gradient, as in PyTorch: the handle would be no parameter of the model any more.
namespace latent {

namespace detail {

template <Scalar T, class B, class F>
Variable<T>& assign(const char* operation, Variable<T>& x, const B& y, F f) {
  check<Error>(!x.is_leaf() || !x.requires_grad(), operation, ": the variable of shape ", x.shape(),
               " is a leaf that requires a gradient, whose value set_value() changes");
  return x = f(x, y);
}

}  // namespace detail

/// x becomes the result of x + y.
template <Scalar T>
Variable<T>& operator+=(Variable<T>& x, const std::type_identity_t<Variable<T>>& y) {
  return detail::assign("+=", x, y, [](const auto& a, const auto& b) { return a + b; });
}
/// x becomes the result of x - y.
template <Scalar T>
Variable<T>& operator-=(Variable<T>& x, const std::type_identity_t<Variable<T>>& y) {
  return detail::assign("-=", x, y, [](const auto& a, const auto& b) { return a - b; });
}
/// x becomes the result of x * y.
template <Scalar T>
Variable<T>& operator*=(Variable<T>& x, const std::type_identity_t<Variable<T>>& y) {
  return detail::assign("*=", x, y, [](const auto& a, const auto& b) { return a * b; });
}
/// x becomes the result of x / y.
template <Scalar T>
Variable<T>& operator/=(Variable<T>& x, const std::type_identity_t<Variable<T>>& y) {
  return detail::assign("/=", x, y, [](const auto& a, const auto& b) { return a / b; });
}

/// x becomes the result of x + y.
template <Scalar T>
Variable<T>& operator+=(Variable<T>& x, std::type_identity_t<T> y) {
  return detail::assign("+=", x, y, [](const auto& a, T b) { return a + b; });
}
/// x becomes the result of x - y.
template <Scalar T>
Variable<T>& operator-=(Variable<T>& x, std::type_identity_t<T> y) {
  return detail::assign("-=", x, y, [](const auto& a, T b) { return a - b; });
}
/// x becomes the result of x * y.
template <Scalar T>
Variable<T>& operator*=(Variable<T>& x, std::type_identity_t<T> y) {
  return detail::assign("*=", x, y, [](const auto& a, T b) { return a * b; });
}
/// x becomes the result of x / y.
template <Scalar T>
Variable<T>& operator/=(Variable<T>& x, std::type_identity_t<T> y) {
  return detail::assign("/=", x, y, [](const auto& a, T b) { return a / b; });
}

}  // namespace latent
