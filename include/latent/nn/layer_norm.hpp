#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/row_norm.hpp"

namespace latent {

namespace detail {

/// ShapeError unless x ends in the axes that are normalised, and parameters have them.
constexpr void check_last_axes(const char* operation, const Shape& x, const Shape& normalized) {
  bool fits = normalized.rank() >= 1 && x.rank() >= normalized.rank();
  for (Index axis = 1; fits && axis <= normalized.rank(); ++axis) fits = x.size(-axis) == normalized.size(-axis);
  check<ShapeError>(fits, operation, ": x ", x, " does not fit, its last axes must be ", normalized);
}

/// y = (x - mean) / sqrt(variance + eps) weight + bias over the last axes, or with 0 for the mean unless `centered`.
template <Scalar T>
Variable<T> row_norm(const char* operation, const Variable<T>& x, const Shape& normalized, bool centered,
                     const Variable<T>& weight, const Variable<T>& bias, double eps) {
  check_last_axes(operation, x.shape(), normalized);
  const auto check_parameter = [&](const char* what, const Variable<T>& parameter) {
    if (parameter)
      check<ShapeError>(parameter.shape() == normalized, operation, ": ", what, " ", parameter.shape(),
                        " does not fit, expected ", normalized);
  };
  check_parameter("weight", weight);
  check_parameter("bias", bias);
  const Index columns = normalized.numel(), rows = columns ? x.numel() / columns : 0;
  const Tensor<T> weights = weight ? weight.value() : Tensor<T>::full({columns}, T(1));
  const Tensor<T> biases = bias ? bias.value() : Tensor<T>({columns});
  Tensor<T> numbers({3, rows}), y = Tensor<T>::uninitialized(x.shape());
  T* const number = numbers.data();
  kernels::row_norm<T>(rows, columns, x.value().data(), centered, eps, weights.data(), biases.data(), y.data(),
                       {number, number + rows, number + 2 * rows});
  return Variable<T>::result(
      operation, std::move(y), {x, weight, bias},
      [x, weight, bias, xv = x.value(), weights, numbers, centered, rows, columns](const Tensor<T>& dy) {
        const T* const of_rows = numbers.data();
        const kernels::RowNorm<const T> norm{of_rows, of_rows + rows, of_rows + 2 * rows};
        if (weight.requires_grad() || bias.requires_grad()) {
          Tensor<double> sums({2, columns});
          double *const dweight = sums.data(), *const dbias = dweight + columns;
          kernels::row_norm_sums<T>(rows, columns, dy.data(), xv.data(), norm, dweight, dbias);
          if (const auto to = weight.grad_target()) kernels::store_sums(columns, dweight, to);
          if (const auto to = bias.grad_target()) kernels::store_sums(columns, dbias, to);
        }
        if (const auto dx = x.grad_target())
          kernels::row_norm_backward<T>(rows, columns, dy.data(), xv.data(), centered, weights.data(), norm, dx);
      });
}

}  // namespace detail

/// y = (x - mean) / sqrt(variance + eps) weight + bias    x [.., normalized] -> y; weight, bias [normalized] or
/// undefined Mean and variance (of n elements) are those over the last axes, which must have the sizes `normalized`.
/// ShapeError if the shapes do not fit. As torch.nn.functional.layer_norm.
/// Ba et al., "Layer normalization", 2016.
template <Scalar T>
Variable<T> layer_norm(const Variable<T>& x, const Shape& normalized, const Variable<T>& weight = {},
                       const Variable<T>& bias = {}, double eps = 1e-5) {
  return detail::row_norm("layer_norm", x, normalized, true, weight, bias, eps);
}

namespace nn {

namespace detail {

/// ValueError unless there are axes to normalise, and elements in them.
constexpr void check_normalized_shape(const char* layer, const Shape& shape) {
  check<ValueError>(shape.rank() >= 1 && shape.numel() >= 1, layer,
                    ": normalized_shape must have sizes of at least 1, got ", shape);
}

}  // namespace detail

/// ValueError for a normalized_shape without elements, a negative eps.
struct LayerNormOptions {
  Shape normalized_shape;          ///< sizes of the last axes: {features}, or {H, W, C}
  double eps = 1e-5;               ///< added to variances
  bool elementwise_affine = true;  ///< with weight and bias
  bool bias = true;                ///< if elementwise_affine

  constexpr void check_values() const {
    detail::check_normalized_shape("LayerNorm", normalized_shape);
    check<ValueError>(eps >= 0, "LayerNorm: eps must be at least 0, got ", eps);
  }
  /// The same as x.
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    latent::detail::check_last_axes("LayerNorm", x, normalized_shape);
    return x;
  }
};

/// y = (x - mean) / sqrt(variance + eps) weight + bias over the last axes    x [.., normalized_shape] -> y
/// weight and bias [normalized_shape] begin as ones and zeros. The same in training and evaluation.
/// As torch.nn.LayerNorm.
template <Scalar T = float>
struct LayerNorm {
  LayerNormOptions options;
  Variable<T> weight, bias;

  explicit LayerNorm(const LayerNormOptions& o) : options(o) {
    options.check_values();
    const Shape& shape = options.normalized_shape;
    if (options.elementwise_affine) weight = Variable<T>(Tensor<T>::full(shape, T(1)), true);
    if (options.elementwise_affine && options.bias) bias = Variable<T>(Tensor<T>(shape), true);
  }

  Variable<T> operator()(const Variable<T>& x) const {
    return layer_norm(x, options.normalized_shape, weight, bias, options.eps);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
    f("bias", bias);
  }
};

}  // namespace nn
}  // namespace latent
