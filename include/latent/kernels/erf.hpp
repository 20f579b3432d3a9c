#pragma once

#include <numbers>

#include "latent/kernels/exp.hpp"

namespace latent::kernels {

namespace detail {

/// The factors of x, x^3, x^5, .. in the Taylor series of erf: 2 / sqrt(pi) (-1)^k / (k! (2 k + 1)).
template <class T, std::size_t Terms>
constexpr std::array<T, Terms> erf_series() {
  std::array<T, Terms> result{};
  double factor = 2 * std::numbers::inv_sqrtpi;
  for (std::size_t k = 0; k < Terms; ++k) {
    if (k) factor /= -static_cast<double>(k);
    result[k] = static_cast<T>(factor / static_cast<double>(2 * k + 1));
  }
  return result;
}

/// log(1 - erf(x)) as a polynomial in x, for 1 <= x <= 4 (float) or 6 (double): fitted by weighted least squares, with
/// the weights changed until the largest error of erf is smallest, 1e-9 and 7e-18.
template <class T>
inline constexpr std::array log_erfc{-5.041494252376329e-07,  -1.128374077204221,     -0.6366436818555882,
                                     -0.10270329439025043,    0.01898990864489989,    0.0004109960954163476,
                                     -0.0019163234751502795,  0.0007709468759100336,  -0.0001352403295536377,
                                     -2.0173108248690737e-05, 2.2786243610114637e-05, -8.656170234071134e-06,
                                     2.133102055224322e-06,   -3.72846610349286e-07,  4.6363862057297186e-08,
                                     -3.929008168528909e-09,  2.0420947507869646e-10, -4.9213865358312434e-12};
template <>
inline constexpr std::array log_erfc<float>{-0.000337124204f, -1.12710764f,    -0.638113278f,  -0.103134913f,
                                            0.0218518753f,    -0.00295118615f, 0.000186745689f};

/// p[0] + p[1] x + p[2] x^2 + ..
template <class T, std::size_t Terms>
inline Vector<T> polynomial(const Vector<T>& x, const std::array<T, Terms>& p) {
  Vector<T> sum = Vector<T>{} + p[Terms - 1];
  unroll<Terms - 1>([&](Index i) { sum = sum * x + p[Terms - 2 - static_cast<std::size_t>(i)]; });
  return sum;
}

}  // namespace detail

/// The error function of a whole register, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, float or double,
/// to within a few units in the last place. NaN stays.
template <class T>
inline Vector<T> erf(const Vector<T>& x) {
  constexpr auto series = detail::erf_series < T, sizeof(T) == 4 ? 11 : 18 > ();
  constexpr T saturated = sizeof(T) == 4 ? T(4) : T(6);  // from here on the result is 1
  const Vector<T> magnitude = x < T(0) ? -x : x;
  const Vector<T> clamped = magnitude > saturated ? Vector<T>{} + saturated : magnitude;
  const Vector<T> near = x * detail::polynomial<T>(x * x, series);
  const Vector<T> far = T(1) - exp<T>(detail::polynomial<T>(clamped, detail::log_erfc<T>));
  const Vector<T> with_sign = x < T(0) ? -far : far;
  return magnitude < T(1) ? near : with_sign;
}

}  // namespace latent::kernels
