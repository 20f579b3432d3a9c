#pragma once

#include "latent/autograd/arithmetic.hpp"

namespace latent {

/// y = a where the condition is not 0, else b, with broadcasting of all three. As torch.where.
template <class C, Scalar T>
Variable<T> where(const Tensor<C>& condition, const Variable<T>& a, const Variable<T>& b) {
  const Shape shape = broadcast_shape("where", condition.shape(), broadcast_shape("where", a.shape(), b.shape()));
  return Variable<T>::result(
      "where",
      detail::broadcast_to<T>(
          shape, [](C c, T x, T y) { return c != C(0) ? x : y; }, condition, a.value(), b.value()),
      {a, b}, [a, b, condition](const Tensor<T>& dy) {
        if (a.requires_grad())
          detail::pass_back(a, detail::broadcast_to<T>(
                                   dy.shape(), [](C c, T d) { return c != C(0) ? d : T(0); }, condition, dy));
        if (b.requires_grad())
          detail::pass_back(b, detail::broadcast_to<T>(
                                   dy.shape(), [](C c, T d) { return c != C(0) ? T(0) : d; }, condition, dy));
      });
}

}  // namespace latent
