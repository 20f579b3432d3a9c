#pragma once

#include "latent/autograd/arithmetic.hpp"

/// Bounds for single elements. NaN stays NaN.
namespace latent {

/// y = x, but at least min and at most max; max if min is greater. Either may be infinite. The derivative is 1 from min
/// to max and 0 beyond. ValueError for a bound that is NaN. As torch.clamp.
template <Scalar T>
Variable<T> clamp(const Variable<T>& x, double min, double max) {
  check<ValueError>(min == min && max == max, "clamp: min and max must be numbers, got ", min, " and ", max);
  const auto low = static_cast<T>(min), high = static_cast<T>(max);
  return elementwise(
      "clamp", x, [low, high](const auto& v) { return kernels::detail::clamp<T>(v, low, high); },
      [low, high](const auto& dy, const auto& v, const auto&) {
        const kernels::Vector<T> zero{};
        const auto below = v <= high ? dy : zero;
        return v >= low ? below : zero;
      });
}

namespace detail {

/// y = the element of a or b that `first` prefers; NaN if one is. Its gradient goes there, half to each of equal ones.
template <Scalar T, class F>
Variable<T> preferred(const char* operation, const Variable<T>& a, const Variable<T>& b, F first) {
  const Shape shape = broadcast_shape(operation, a.shape(), b.shape());
  // Without branches, which would mostly be guessed wrong.
  const auto part = [first](T d, T own, T other) {
    const T one = first(other, own) ? T(0) : d;
    return own == other ? d * T(0.5) : one;
  };
  return Variable<T>::result(operation,
                             broadcast_to<T>(
                                 shape,
                                 [first](T x, T y) {
                                   const T one = first(x, y) ? x : y;
                                   return x != x ? x : one;
                                 },
                                 a.value(), b.value()),
                             {a, b}, [a, b, av = a.value(), bv = b.value(), part](const Tensor<T>& dy) {
                               if (a.requires_grad()) pass_back(a, broadcast_to<T>(dy.shape(), part, dy, av, bv));
                               if (b.requires_grad()) pass_back(b, broadcast_to<T>(dy.shape(), part, dy, bv, av));
                             });
}

}  // namespace detail

/// y = the larger of a and b, element by element, with broadcasting. Equal ones get half of the gradient each.
/// As torch.maximum.
template <Scalar T>
Variable<T> maximum(const Variable<T>& a, const Variable<T>& b) {
  return detail::preferred("maximum", a, b, [](T x, T y) { return x > y; });
}

/// y = the smaller of a and b, element by element, with broadcasting. Equal ones get half of the gradient each.
/// As torch.minimum.
template <Scalar T>
Variable<T> minimum(const Variable<T>& a, const Variable<T>& b) {
  return detail::preferred("minimum", a, b, [](T x, T y) { return x < y; });
}

}  // namespace latent
