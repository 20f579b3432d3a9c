#pragma once

#include "reference.hpp"

// How precise functions of whole registers are.

namespace precision {

using latent::Index;

/// f of every element, as the kernels take them: register by register.
template <class T, class F>
std::vector<T> apply(const std::vector<T>& x, F f) {
  std::vector<T> y(x.size());
  latent::kernels::map(std::ssize(x), y.data(), latent::kernels::WriteMode::overwrite, f, x.data());
  return y;
}

/// Largest relative error of f against g over x, of those results that are normal numbers.
template <class T, class F, class G>
double worst_error(const std::vector<T>& x, F f, G g) {
  const std::vector<T> y = apply(x, f);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double exact = g(static_cast<long double>(x[i]));
    if (std::abs(exact) < std::numeric_limits<T>::min() || std::abs(exact) > std::numeric_limits<T>::max()) continue;
    const double error = std::abs(static_cast<double>((y[i] - exact) / exact));
    if (!(error <= worst)) worst = error;  // a NaN stays
  }
  return worst;
}

/// What is allowed: a few units in the last place.
template <class T>
constexpr double bound = sizeof(T) == 4 ? 2e-7 : 5e-16;

/// From tiny to large numbers of both signs.
template <class T>
std::vector<T> from_tiny_to_large() {
  std::vector<T> x;
  for (double v = -800; v < 800; v += 0.01) x.push_back(static_cast<T>(v));
  for (double v = -60; v < 5; v += 0.001)
    for (double sign : {-1.0, 1.0}) x.push_back(static_cast<T>(sign * std::exp(v)));
  return x;
}

/// Positive numbers over the whole range of the type, subnormal ones too.
template <class T>
std::vector<T> all_positive() {
  std::vector<T> x{std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  const double most = sizeof(T) == 4 ? 88 : 709;
  for (double v = -most - 14; v < most; v += most / 20000) x.push_back(static_cast<T>(std::exp(v)));
  for (double v = 0.5; v < 2; v += 1e-4) x.push_back(static_cast<T>(v));
  return x;
}

/// Negative numbers over the whole range of the type, and -0.
template <class T>
std::vector<T> all_negative() {
  std::vector<T> x = all_positive<T>();
  for (T& value : x) value = -value;
  x.push_back(-T(0));
  return x;
}

/// Infinities, zero, a negative number, NaN and 1.
template <class T>
std::vector<T> special() {
  constexpr T inf = std::numeric_limits<T>::infinity();
  return {inf, T(0), T(-1), -inf, std::numeric_limits<T>::quiet_NaN(), T(1)};
}

}  // namespace precision
