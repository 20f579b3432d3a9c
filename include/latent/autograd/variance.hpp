#pragma once

#include <cmath>

#include "latent/autograd/arithmetic.hpp"
#include "latent/autograd/axis.hpp"
#include "latent/kernels/fold.hpp"

/// Variances and standard deviations, of everything or along one axis.
namespace latent {

struct VarOptions {
  double correction =
      1;              ///< taken from the number of elements before it divides: 1 estimates from a sample, 0 does not
  bool keep = false;  ///< the axis stays, with size 1
};

namespace detail {

/// The variances of x [Outer, N, Inner], or their roots, where x repeats a tensor of shape `kept`.
template <Scalar T>
Variable<T> variance(const char* operation, const Variable<T>& x, const AlongAxis& sizes, const Shape& kept,
                     const Shape& shape, double correction, bool root) {
  const auto [outer, n, inner] = sizes;
  auto means = Tensor<double>::uninitialized(kept), squares = Tensor<double>::uninitialized(kept);
  double* const mean = means.data();
  kernels::sum_axis(outer, n, inner, x.value().data(), mean);
  for (Index i = 0; i < kept.numel(); ++i) mean[i] /= static_cast<double>(sizes.n);
  kernels::fold_axis(
      outer, n, inner, x.value().data(),
      [mean](double sum, double v, Index at) { return sum + (v - mean[at]) * (v - mean[at]); },
      [](double a, double b) { return a + b; }, squares.data());
  const double divisor = static_cast<double>(sizes.n) - correction;
  auto y = Tensor<T>::uninitialized(kept);
  T* const out = y.data();
  for (Index i = 0; i < kept.numel(); ++i) {
    const double result = std::as_const(squares).data()[i] / std::max(divisor, 0.0);
    out[i] = static_cast<T>(root ? std::sqrt(result) : result);
  }
  const auto backward = [x, xv = x.value(), y, means, factor = static_cast<T>(2 / divisor), root](const Tensor<T>& dy) {
    const auto through_root = [](T d, T r) { return r == T(0) ? T(0) : d / (T(2) * r); };
    const Tensor<T> upstream = dy.reshape(y.shape());
    x.pass_grad(broadcast_to<T>(
        xv.shape(), [factor](T v, double center, T d) { return factor * d * (v - static_cast<T>(center)); }, xv, means,
        root ? broadcast_to<T>(y.shape(), through_root, upstream, y) : upstream));
  };
  return Variable<T>::result(operation, y.reshape(shape), {x}, backward);
}

template <Scalar T>
Variable<T> variance(const char* operation, const Variable<T>& x, const VarOptions& options, bool root) {
  const Shape scalar;
  return variance(operation, x, along_all(x.shape()), scalar, scalar, options.correction, root);
}

template <Scalar T>
Variable<T> variance(const char* operation, const Variable<T>& x, Index axis, const VarOptions& options, bool root) {
  const AlongAxis sizes = along_axis(operation, x.shape(), axis);
  const Shape kept = x.shape().with(axis, 1);
  return variance(operation, x, sizes, kept, options.keep ? kept : x.shape().without(axis), options.correction, root);
}

}  // namespace detail

/// y = sum of (x - mean)^2 / max(N - correction, 0) over all N elements, a scalar. As torch.var.
template <Scalar T>
Variable<T> var(const Variable<T>& x, const VarOptions& options = {}) {
  return detail::variance("var", x, options, false);
}

/// The same along an axis, which disappears, or stays with size 1 by the option `keep`; ShapeError for one that does
/// not exist. As torch.var.
template <Scalar T>
Variable<T> var(const Variable<T>& x, Index axis, const VarOptions& options = {}) {
  return detail::variance("var", x, axis, options, false);
}

/// The root of var, with derivative 0 where it is 0. As torch.std, a name that programs need for the standard library.
template <Scalar T>
Variable<T> stddev(const Variable<T>& x, const VarOptions& options = {}) {
  return detail::variance("stddev", x, options, true);
}
template <Scalar T>
Variable<T> stddev(const Variable<T>& x, Index axis, const VarOptions& options = {}) {
  return detail::variance("stddev", x, axis, options, true);
}

}  // namespace latent
