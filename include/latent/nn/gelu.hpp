#pragma once

#include "latent/autograd/functions.hpp"
#include "latent/kernels/erf.hpp"

namespace latent {

/// How gelu computes the normal distribution: by the error function, or by a formula with tanh.
enum class Approximate { none, tanh };

namespace detail {

template <Scalar T>
inline constexpr T inv_sqrt2 = std::numbers::sqrt2_v<T> / 2;
template <Scalar T>
inline constexpr T inv_sqrtpi = std::numbers::inv_sqrtpi_v<T>;

/// y = x Phi(x) with the normal distribution Phi(x) = (1 + erf(x / sqrt(2))) / 2
template <Scalar T>
Variable<T> gelu_exact(const Variable<T>& x) {
  return elementwise(
      "gelu", x, [](const auto& v) { return v * T(0.5) * (T(1) + kernels::erf<T>(v * inv_sqrt2<T>)); },
      [](const auto& dy, const auto& v, const auto&) {
        const auto distribution = T(0.5) * (T(1) + kernels::erf<T>(v * inv_sqrt2<T>));
        return dy * (distribution + v * (kernels::exp<T>(v * v * T(-0.5)) * (inv_sqrt2<T> * inv_sqrtpi<T>)));
      });
}

/// tanh(sqrt(2 / pi) (x + 0.044715 x^3))
template <Scalar T>
kernels::Vector<T> tanh_of_cubic(const kernels::Vector<T>& x) {
  return kernels::tanh<T>((std::numbers::sqrt2_v<T> * inv_sqrtpi<T>)*(x + T(0.044715) * (x * x * x)));
}

/// y = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
template <Scalar T>
Variable<T> gelu_tanh(const Variable<T>& x) {
  return elementwise(
      "gelu", x, [](const auto& v) { return T(0.5) * v * (T(1) + tanh_of_cubic<T>(v)); },
      [](const auto& dy, const auto& v, const auto&) {
        const auto t = tanh_of_cubic<T>(v);
        const auto slope = (std::numbers::sqrt2_v<T> * inv_sqrtpi<T>)*(T(1) + T(3 * 0.044715) * (v * v));
        return dy * (T(0.5) * (T(1) + t) + T(0.5) * v * (T(1) - t * t) * slope);
      });
}

}  // namespace detail

/// y = x Phi(x), where Phi is the distribution of normal numbers; or, by Approximate::tanh,
/// y = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). As torch.nn.functional.gelu.
template <Scalar T>
Variable<T> gelu(const Variable<T>& x, Approximate approximate = Approximate::none) {
  return approximate == Approximate::tanh ? detail::gelu_tanh(x) : detail::gelu_exact(x);
}

namespace nn {

/// Of GELU.
struct GELUOptions {
  Approximate approximate = Approximate::none;  ///< or by tanh
};

/// x Phi(x), any shape, with Phi the distribution of normal numbers or its approximation by tanh. Hendrycks and Gimpel,
/// "Gaussian error linear units", 2016. As torch.nn.GELU.
struct GELU {
  GELUOptions options;

  explicit constexpr GELU(const GELUOptions& o = {}) : options(o) {}

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return gelu(x, options.approximate);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace nn
}  // namespace latent
