#pragma once

#include <type_traits>
#include <vector>

#include "latent/autograd/functions.hpp"
#include "latent/core/broadcast.hpp"
#include "latent/kernels/reduce.hpp"
#include "latent/kernels/strided.hpp"

/// + - * / of two variables, a variable and a tensor, or a variable and a scalar. Shapes broadcast as in NumPy and
/// PyTorch: aligned at the last axis, sizes that are 1 or missing repeat.
namespace latent {

namespace detail {

/// y (+)= x, summed over the axes along which a tensor of `shape`, y, was repeated to give x.
template <Scalar T>
void sum_repeated(const Shape& shape, const kernels::Target<T>& y, const Tensor<T>& x) {
  std::vector<double, memory::Allocator<double>> sums;  // of the axes behind `axis`
  Index inner = 1;                                      // elements of those that stay
  for (Index axis = x.rank() - 1; axis >= 0; --axis) {
    Index n = x.shape()[axis];
    if (!is_repeated(shape, x.shape(), axis)) {
      inner *= n;
      continue;
    }
    while (axis > 0 && is_repeated(shape, x.shape(), axis - 1)) n *= x.shape()[--axis];  // neighbours in one go
    if (n == 1) continue;
    Index outer = 1;
    for (Index before = 0; before < axis; ++before) outer *= x.shape()[before];
    std::vector<double, memory::Allocator<double>> result(static_cast<std::size_t>(outer * inner));
    if (sums.empty()) {
      kernels::sum_axis(outer, n, inner, x.data(), result.data());
    } else {
      kernels::sum_axis(outer, n, inner, sums.data(), result.data());
    }
    sums = std::move(result);
  }
  if (sums.empty()) {
    kernels::copy(x.numel(), x.data(), y.data, y.mode);
  } else {
    kernels::store_sums(shape.numel(), sums.data(), y);
  }
}

/// The gradient of a repeated operand, `dy` being that of its repetition.
template <Scalar T>
void pass_back(const Variable<T>& x, const Tensor<T>& dy) {
  if (x.shape() == dy.shape()) {
    x.pass_grad(dy);
  } else {
    sum_repeated(x.shape(), x.grad_target(), dy);
  }
}

/// f(a, b) with broadcasting, without gradient.
template <Scalar T, class F>
Tensor<T> broadcast(const char* operation, const Tensor<T>& a, const Tensor<T>& b, F f) {
  const Shape shape = broadcast_shape(operation, a.shape(), b.shape());
  auto y = Tensor<T>::uninitialized(shape);
  kernels::Loops<3> loops;
  for (Index axis = 0; axis < shape.rank(); ++axis)
    loops.append(shape[axis], {shape.stride(axis), broadcast_stride(a.shape(), shape, axis),
                               broadcast_stride(b.shape(), shape, axis)});
  kernels::broadcast(loops, y.data(), a.data(), b.data(), f);
  return y;
}

/// y = f(a, b), with da += da_of(dy, a, b) and db += db_of(dy, a, b), all functions of broadcast tensors.
template <Scalar T, class F, class Da, class Db>
Variable<T> binary(const char* operation, const Variable<T>& a, const Variable<T>& b, F f, Da da_of, Db db_of) {
  return Variable<T>::result(operation, broadcast(operation, a.value(), b.value(), f), {a, b},
                             [a, b, left = a.value(), right = b.value(), da_of, db_of](const Tensor<T>& dy) {
                               if (a.requires_grad()) pass_back(a, da_of(dy, left, right));
                               if (b.requires_grad()) pass_back(b, db_of(dy, left, right));
                             });
}

template <Scalar T>
Tensor<T> product(const Tensor<T>& a, const Tensor<T>& b) {
  return broadcast("*", a, b, [](T x, T y) { return x * y; });
}

template <Scalar T>
Tensor<T> quotient(const Tensor<T>& a, const Tensor<T>& b) {
  return broadcast("/", a, b, [](T x, T y) { return x / y; });
}

template <Scalar T>
Tensor<T> negative(const Tensor<T>& x) {
  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::map(
      x.numel(), y.data(), kernels::WriteMode::overwrite, [](auto v) { return -v; }, x.data());
  return y;
}

}  // namespace detail

/// y = a + b, element by element, with broadcasting. ShapeError for shapes that do not broadcast.
template <Scalar T>
Variable<T> operator+(const Variable<T>& a, const Variable<T>& b) {
  using In = const Tensor<T>&;
  return detail::binary(
      "+", a, b, [](T x, T y) { return x + y; }, [](In dy, In, In) { return dy; }, [](In dy, In, In) { return dy; });
}

/// y = a - b, element by element, with broadcasting. ShapeError for shapes that do not broadcast.
template <Scalar T>
Variable<T> operator-(const Variable<T>& a, const Variable<T>& b) {
  using In = const Tensor<T>&;
  return detail::binary(
      "-", a, b, [](T x, T y) { return x - y; }, [](In dy, In, In) { return dy; },
      [](In dy, In, In) { return detail::negative(dy); });
}

/// y = a b, element by element, with broadcasting. ShapeError for shapes that do not broadcast.
template <Scalar T>
Variable<T> operator*(const Variable<T>& a, const Variable<T>& b) {
  using In = const Tensor<T>&;
  return detail::binary(
      "*", a, b, [](T x, T y) { return x * y; }, [](In dy, In, In y) { return detail::product(dy, y); },
      [](In dy, In x, In) { return detail::product(dy, x); });
}

/// y = a / b, element by element, with broadcasting. ShapeError for shapes that do not broadcast.
template <Scalar T>
Variable<T> operator/(const Variable<T>& a, const Variable<T>& b) {
  using In = const Tensor<T>&;
  return detail::binary(
      "/", a, b, [](T x, T y) { return x / y; }, [](In dy, In, In y) { return detail::quotient(dy, y); },
      [](In dy, In x, In y) {
        return detail::negative(detail::product(dy, detail::quotient(detail::quotient(x, y), y)));
      });
}

/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator+(const Variable<T>& a, const Tensor<T>& b) {
  return a + Variable<T>(b);
}
/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator+(const Tensor<T>& a, const Variable<T>& b) {
  return Variable<T>(a) + b;
}
/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator-(const Variable<T>& a, const Tensor<T>& b) {
  return a - Variable<T>(b);
}
/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator-(const Tensor<T>& a, const Variable<T>& b) {
  return Variable<T>(a) - b;
}
/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator*(const Variable<T>& a, const Tensor<T>& b) {
  return a * Variable<T>(b);
}
/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator*(const Tensor<T>& a, const Variable<T>& b) {
  return Variable<T>(a) * b;
}
/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator/(const Variable<T>& a, const Tensor<T>& b) {
  return a / Variable<T>(b);
}
/// The same of a tensor, which is a variable without gradient.
template <Scalar T>
Variable<T> operator/(const Tensor<T>& a, const Variable<T>& b) {
  return Variable<T>(a) / b;
}

/// y = -x
template <Scalar T>
Variable<T> operator-(const Variable<T>& x) {
  return affine(x, T(-1), T(0));
}
/// y = x + a number, on either side
template <Scalar T>
Variable<T> operator+(const Variable<T>& x, std::type_identity_t<T> scalar) {
  return affine(x, T(1), scalar);
}
template <Scalar T>
Variable<T> operator+(std::type_identity_t<T> scalar, const Variable<T>& x) {
  return affine(x, T(1), scalar);
}
/// y = x - a number, or a number - x
template <Scalar T>
Variable<T> operator-(const Variable<T>& x, std::type_identity_t<T> scalar) {
  return affine(x, T(1), -scalar);
}
template <Scalar T>
Variable<T> operator-(std::type_identity_t<T> scalar, const Variable<T>& x) {
  return affine(x, T(-1), scalar);
}
/// y = x times a number, on either side
template <Scalar T>
Variable<T> operator*(const Variable<T>& x, std::type_identity_t<T> scalar) {
  return affine(x, scalar, T(0));
}
template <Scalar T>
Variable<T> operator*(std::type_identity_t<T> scalar, const Variable<T>& x) {
  return affine(x, scalar, T(0));
}
/// y = x / a number, or a number / x
template <Scalar T>
Variable<T> operator/(const Variable<T>& x, std::type_identity_t<T> scalar) {
  return elementwise(
      "/", x, [scalar](auto v) { return v / scalar; }, [scalar](auto dy, auto, auto) { return dy / scalar; });
}
template <Scalar T>
Variable<T> operator/(std::type_identity_t<T> scalar, const Variable<T>& x) {
  return Variable<T>(Tensor<T>::full({}, scalar)) / x;
}

}  // namespace latent
