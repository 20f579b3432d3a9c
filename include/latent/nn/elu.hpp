#pragma once

#include "latent/autograd/functions.hpp"
#include "latent/kernels/expm1.hpp"

namespace latent {

/// y = x where x > 0, else alpha (exp(x) - 1). As torch.nn.functional.elu.
template <Scalar T>
Variable<T> elu(const Variable<T>& x, double alpha = 1) {
  const auto a = static_cast<T>(alpha);
  return elementwise(
      "elu", x,
      [a](const auto& v) {
        const auto negative = kernels::expm1_of_negative<T>(v > T(0) ? kernels::Vector<T>{} : v) * a;
        return v > T(0) ? v : negative;
      },
      [a](const auto& dy, const auto& v, const auto&) {
        const auto negative = dy * a * kernels::exp<T>(v);
        return v > T(0) ? dy : negative;
      });
}

namespace nn {

/// Of ELU.
struct ELUOptions {
  double alpha = 1;  ///< the value far below 0 is -alpha
};

/// x where x > 0, else alpha (exp(x) - 1), any shape. Clevert et al., "Fast and accurate deep network learning by
/// exponential linear units", 2016. As torch.nn.ELU.
struct ELU {
  ELUOptions options;

  explicit constexpr ELU(const ELUOptions& o = {}) : options(o) {}

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return elu(x, options.alpha);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace nn
}  // namespace latent
