#pragma once

#include "latent/autograd/functions.hpp"
#include "latent/kernels/log1p.hpp"

namespace latent {

/// y = log(1 + exp(beta x)) / beta, and x where beta x > threshold, since they are the same there.
/// As torch.nn.functional.softplus.
template <Scalar T>
Variable<T> softplus(const Variable<T>& x, double beta = 1, double threshold = 20) {
  const auto b = static_cast<T>(beta), most = static_cast<T>(threshold);
  return elementwise(
      "softplus", x,
      [b, most](const auto& v) {
        const auto curved = kernels::log1p<T>(kernels::exp<T>(v * b)) / b;
        return v * b > most ? v : curved;
      },
      [b, most](const auto& dy, const auto& v, const auto&) {
        const auto e = kernels::exp<T>(v * b);
        const auto curved = dy * e / (e + T(1));
        return v * b > most ? dy : curved;
      });
}

namespace nn {

/// ValueError for a beta of 0, by which would be divided.
struct SoftplusOptions {
  double beta = 1;        ///< not 0
  double threshold = 20;  ///< of beta x, beyond which the layer gives x

  constexpr void check_values() const {
    check<ValueError>(beta > 0 || beta < 0, "Softplus: beta must not be 0, got ", beta);
  }
};

/// log(1 + exp(beta x)) / beta, any shape. As torch.nn.Softplus.
struct Softplus {
  SoftplusOptions options;

  explicit constexpr Softplus(const SoftplusOptions& o = {}) : options(o) { options.check_values(); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return softplus(x, options.beta, options.threshold);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace nn
}  // namespace latent
