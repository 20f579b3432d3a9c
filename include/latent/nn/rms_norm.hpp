#pragma once

#include <limits>

#include "latent/nn/layer_norm.hpp"

namespace latent {

namespace nn {

/// For RMSNorm's eps: that of the type, as std::numeric_limits has it. PyTorch's None.
inline constexpr double type_epsilon = -1;

}  // namespace nn

/// y = x / sqrt(mean of x^2 + eps) weight over the last axes    x [.., normalized] -> y; weight
/// [normalized] or undefined. ShapeError if the shapes do not fit. As torch.nn.functional.rms_norm. Zhang and Sennrich,
/// "Root mean square layer normalization", 2019.
template <Scalar T>
Variable<T> rms_norm(const Variable<T>& x, const Shape& normalized, const Variable<T>& weight = {},
                     double eps = nn::type_epsilon) {
  if (eps == nn::type_epsilon) eps = static_cast<double>(std::numeric_limits<T>::epsilon());
  return detail::row_norm("rms_norm", x, normalized, false, weight, {}, eps);
}

namespace nn {

/// ValueError for a normalized_shape without elements, a negative eps that is not type_epsilon.
struct RMSNormOptions {
  Shape normalized_shape;          ///< sizes of the last axes
  double eps = type_epsilon;       ///< added to means of squares
  bool elementwise_affine = true;  ///< with weight

  constexpr void check_values() const {
    detail::check_normalized_shape("RMSNorm", normalized_shape);
    check<ValueError>(eps >= 0 || eps == type_epsilon, "RMSNorm: eps must be at least 0 or type_epsilon, got ", eps);
  }
  /// The same as x.
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    latent::detail::check_last_axes("RMSNorm", x, normalized_shape);
    return x;
  }
};

/// y = x / sqrt(mean of x^2 + eps) weight over the last axes    x [.., normalized_shape] -> y
/// weight [normalized_shape] begins as ones. As torch.nn.RMSNorm.
template <Scalar T = float>
struct RMSNorm {
  RMSNormOptions options;
  Variable<T> weight;

  explicit RMSNorm(const RMSNormOptions& o) : options(o) {
    options.check_values();
    if (options.elementwise_affine) weight = Variable<T>(Tensor<T>::full(options.normalized_shape, T(1)), true);
  }

  Variable<T> operator()(const Variable<T>& x) const {
    return rms_norm(x, options.normalized_shape, weight, options.eps);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
  }
};

}  // namespace nn
}  // namespace latent
