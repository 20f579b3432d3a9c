#pragma once

#include <algorithm>
#include <concepts>
#include <type_traits>

#include "latent/core/broadcast.hpp"

/// Comparisons, and the masks that they give: `Tensor<bool>`, as `where` and attention take them.
///
///     const Index right = count_nonzero(eq(argmax(scores, 1), labels));
namespace latent {

/// Whether two tensors have the same shape and equal elements. NaN is not equal to itself. Element by element: eq.
template <class T>
bool operator==(const Tensor<T>& a, const Tensor<T>& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.elements(), b.elements());
}

namespace detail {

template <class X>
inline constexpr bool is_tensor = false;
template <class T>
inline constexpr bool is_tensor<Tensor<T>> = true;

/// Two tensors, of any types of elements, or a tensor and a number.
template <class A, class B>
concept Comparable = (is_tensor<A> && is_tensor<B>) || (is_tensor<A> && std::is_arithmetic_v<B>) ||
                     (std::is_arithmetic_v<A> && is_tensor<B>);

/// f(a, b) of the numbers as they are: in C++ itself -1 is larger than 1u.
template <class F, class A, class B>
bool compared(F f, A a, B b) {
  if constexpr (std::integral<A> && std::integral<B> && std::is_signed_v<A> != std::is_signed_v<B>) {
    if constexpr (std::is_signed_v<A>) {
      return a < 0 ? f(-1, 0) : f(static_cast<std::make_unsigned_t<A>>(a), b);
    } else {
      return b < 0 ? f(0, -1) : f(a, static_cast<std::make_unsigned_t<B>>(b));
    }
  } else {
    using Both = std::common_type_t<A, B>;
    return f(static_cast<Both>(a), static_cast<Both>(b));
  }
}

/// A number as the floats beside it have it, so that 0.1 is equal to a 0.1f.
template <class T, class S>
auto rounded(S number) {
  if constexpr (std::floating_point<T>) {
    return static_cast<T>(number);
  } else {
    return number;
  }
}

template <class A, class B, class F>
Tensor<bool> compare(const char* operation, const Tensor<A>& a, const Tensor<B>& b, F f) {
  return broadcast_to<bool>(
      broadcast_shape(operation, a.shape(), b.shape()), [f](A x, B y) { return compared(f, x, y); }, a, b);
}
template <class T, class S, class F>
Tensor<bool> compare(const char*, const Tensor<T>& a, S b, F f) {
  return broadcast_to<bool>(
      a.shape(), [f, y = rounded<T>(b)](T x) { return compared(f, x, y); }, a);
}
template <class S, class T, class F>
Tensor<bool> compare(const char*, S a, const Tensor<T>& b, F f) {
  return broadcast_to<bool>(
      b.shape(), [f, x = rounded<T>(a)](T y) { return compared(f, x, y); }, b);
}

}  // namespace detail

/// a = b, element by element, with broadcasting; ShapeError if the shapes do not. Numbers of different types are
/// compared as numbers, -1 with an unsigned 1 too. So the others.
template <class A, class B>
requires detail::Comparable<A, B> Tensor<bool> eq(const A& a, const B& b) {
  return detail::compare("eq", a, b, [](auto x, auto y) { return x == y; });
}

/// not a = b; true for NaN
template <class A, class B>
requires detail::Comparable<A, B> Tensor<bool> ne(const A& a, const B& b) {
  return detail::compare("ne", a, b, [](auto x, auto y) { return x != y; });
}

/// a < b
template <class A, class B>
requires detail::Comparable<A, B> Tensor<bool> lt(const A& a, const B& b) {
  return detail::compare("lt", a, b, [](auto x, auto y) { return x < y; });
}

/// a <= b
template <class A, class B>
requires detail::Comparable<A, B> Tensor<bool> le(const A& a, const B& b) {
  return detail::compare("le", a, b, [](auto x, auto y) { return x <= y; });
}

/// a > b
template <class A, class B>
requires detail::Comparable<A, B> Tensor<bool> gt(const A& a, const B& b) {
  return detail::compare("gt", a, b, [](auto x, auto y) { return x > y; });
}

/// a >= b
template <class A, class B>
requires detail::Comparable<A, B> Tensor<bool> ge(const A& a, const B& b) {
  return detail::compare("ge", a, b, [](auto x, auto y) { return x >= y; });
}

/// Both are other than 0, element by element, with broadcasting.
template <class A, class B>
Tensor<bool> logical_and(const Tensor<A>& a, const Tensor<B>& b) {
  return detail::broadcast_to<bool>(
      broadcast_shape("logical_and", a.shape(), b.shape()), [](A x, B y) { return x != A(0) && y != B(0); }, a, b);
}

/// One or both are other than 0.
template <class A, class B>
Tensor<bool> logical_or(const Tensor<A>& a, const Tensor<B>& b) {
  return detail::broadcast_to<bool>(
      broadcast_shape("logical_or", a.shape(), b.shape()), [](A x, B y) { return x != A(0) || y != B(0); }, a, b);
}

/// One of both is other than 0.
template <class A, class B>
Tensor<bool> logical_xor(const Tensor<A>& a, const Tensor<B>& b) {
  return detail::broadcast_to<bool>(
      broadcast_shape("logical_xor", a.shape(), b.shape()), [](A x, B y) { return (x != A(0)) != (y != B(0)); }, a, b);
}

/// It is 0.
template <class T>
Tensor<bool> logical_not(const Tensor<T>& x) {
  return detail::broadcast_to<bool>(
      x.shape(), [](T v) { return v == T(0); }, x);
}

/// How many elements are other than 0: true, of a mask.
template <class T>
Index count_nonzero(const Tensor<T>& x) {
  return x.numel() - std::ranges::count(x.elements(), T(0));
}

/// Whether all elements are other than 0, as they are if there are none.
template <class T>
bool all(const Tensor<T>& x) {
  return count_nonzero(x) == x.numel();
}

/// Whether an element is other than 0.
template <class T>
bool any(const Tensor<T>& x) {
  return count_nonzero(x) > 0;
}

}  // namespace latent
