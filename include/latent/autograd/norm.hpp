#pragma once

#include <cmath>
#include <limits>

#include "latent/autograd/arithmetic.hpp"
#include "latent/autograd/axis.hpp"
#include "latent/kernels/fold.hpp"

/// Norms, of everything or along one axis.
namespace latent {

namespace detail {

/// -1, 0 or 1; 0 for NaN
template <Scalar T>
T sign(T x) {
  return static_cast<T>(x > T(0)) - static_cast<T>(x < T(0));
}

/// The norms, p being 1, 2 or infinity, of x [Outer, N, Inner]
template <Scalar T>
Tensor<T> norms(const Tensor<T>& x, const AlongAxis& sizes, const Shape& kept, double p) {
  auto sums = Tensor<double>::uninitialized(kept);
  const auto fold = [&](auto step, auto join) {
    kernels::fold_axis(sizes.outer, sizes.n, sizes.inner, x.data(), step, join, sums.data());
  };
  const auto add = [](double a, double b) { return a + b; };
  const auto larger = [](double a, double b) { return b > a || b != b ? b : a; };
  if (p == 1) {
    fold([](double sum, double v, Index) { return sum + std::abs(v); }, add);
  } else if (p == 2) {
    fold([](double sum, double v, Index) { return sum + v * v; }, add);
  } else {
    fold([larger](double most, double v, Index) { return larger(most, std::abs(v)); }, larger);
  }
  auto y = Tensor<T>::uninitialized(kept);
  for (Index i = 0; i < kept.numel(); ++i) {
    const double sum = sums.data()[i];
    y.data()[i] = static_cast<T>(p == 2 ? std::sqrt(sum) : sum);
  }
  return y;
}

/// How many elements of x have the magnitude y
template <Scalar T>
Tensor<double> count_largest(const Tensor<T>& x, const AlongAxis& sizes, const Tensor<T>& y) {
  auto count = Tensor<double>::uninitialized(y.shape());
  const T* const most = y.data();
  kernels::fold_axis(
      sizes.outer, sizes.n, sizes.inner, x.data(),
      [most](double sum, double v, Index at) { return sum + (std::abs(v) == static_cast<double>(most[at])); },
      [](double a, double b) { return a + b; }, count.data());
  return count;
}

template <Scalar T>
Variable<T> norm(const Variable<T>& x, double p, const AlongAxis& sizes, const Shape& kept, const Shape& shape) {
  const bool largest = p == std::numeric_limits<double>::infinity();
  check<ValueError>(p == 1 || p == 2 || largest, "norm: p must be 1, 2 or infinity, got ", p);
  check<ShapeError>(!largest || sizes.n >= 1 || kept.numel() == 0, "norm: x ", x.shape(),
                    " has no elements, whose largest would be taken");
  const Tensor<T> y = norms(x.value(), sizes, kept, p);
  return Variable<T>::result(
      "norm", y.reshape(shape), {x}, [x, xv = x.value(), y, sizes, p](const Tensor<T>& upstream) {
        const Tensor<T> dy = upstream.reshape(y.shape());
        if (p == 1) {
          x.pass_grad(broadcast_to<T>(
              xv.shape(), [](T v, T d) { return sign(v) * d; }, xv, dy));
        } else if (p == 2) {
          x.pass_grad(broadcast_to<T>(
              xv.shape(), [](T v, T n, T d) { return n == T(0) ? T(0) : v * (d / n); }, xv, y, dy));
        } else {
          x.pass_grad(broadcast_to<T>(
              xv.shape(),
              [](T v, T n, T d, double count) {
                return std::abs(v) == n ? sign(v) * (d / static_cast<T>(count)) : T(0);
              },
              xv, y, dy, count_largest(xv, sizes, y)));
        }
      });
}

}  // namespace detail

/// y = (sum of |x|^p)^(1/p), a scalar; p is 1, 2 or infinity, which gives the largest |x|    The derivative is 0 at 0;
/// for p infinite, equal ones share it. ValueError for another p. As torch.norm.
template <Scalar T>
Variable<T> norm(const Variable<T>& x, double p = 2) {
  const Shape scalar;
  return detail::norm(x, p, detail::along_all(x.shape()), scalar, scalar);
}

/// The same along an axis, which disappears, or stays with size 1 if `keep` is set; ShapeError for one that does not
/// exist. As torch.norm.
template <Scalar T>
Variable<T> norm(const Variable<T>& x, double p, Index axis, bool keep = false) {
  const detail::AlongAxis sizes = detail::along_axis("norm", x.shape(), axis);
  const Shape kept = x.shape().with(axis, 1);
  return detail::norm(x, p, sizes, kept, keep ? kept : x.shape().without(axis));
}

}  // namespace latent
