#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/core/compare.hpp"

/// Comparisons of the values of variables, with each other, with tensors and with numbers, as those of tensors. Masks
/// have no gradient.
namespace latent {

/// Does not compile: eq(a, b) compares elements, a.value() == b.value() whole tensors, and
/// a.identity() == b.identity() says whether they are one variable.
template <Scalar T>
bool operator==(const Variable<T>& a, const Variable<T>& b) = delete;

namespace detail {

template <class X>
const X& value_of(const X& x) {
  return x;
}
template <class T>
const Tensor<T>& value_of(const Variable<T>& x) {
  return x.value();
}

template <class A, class B>
concept ComparableValues = (is_variable<A> || is_variable<B>)&&requires(const A& a, const B& b) {
  requires Comparable<std::remove_cvref_t<decltype(value_of(a))>, std::remove_cvref_t<decltype(value_of(b))>>;
};

}  // namespace detail

/// Where a = b, of values.
template <class A, class B>
requires detail::ComparableValues<A, B> Tensor<bool> eq(const A& a, const B& b) {
  return eq(detail::value_of(a), detail::value_of(b));
}
/// Where a differs from b, of values.
template <class A, class B>
requires detail::ComparableValues<A, B> Tensor<bool> ne(const A& a, const B& b) {
  return ne(detail::value_of(a), detail::value_of(b));
}
/// Where a < b, of values.
template <class A, class B>
requires detail::ComparableValues<A, B> Tensor<bool> lt(const A& a, const B& b) {
  return lt(detail::value_of(a), detail::value_of(b));
}
/// Where a <= b, of values.
template <class A, class B>
requires detail::ComparableValues<A, B> Tensor<bool> le(const A& a, const B& b) {
  return le(detail::value_of(a), detail::value_of(b));
}
/// Where a > b, of values.
template <class A, class B>
requires detail::ComparableValues<A, B> Tensor<bool> gt(const A& a, const B& b) {
  return gt(detail::value_of(a), detail::value_of(b));
}
/// Where a >= b, of values.
template <class A, class B>
requires detail::ComparableValues<A, B> Tensor<bool> ge(const A& a, const B& b) {
  return ge(detail::value_of(a), detail::value_of(b));
}

}  // namespace latent
