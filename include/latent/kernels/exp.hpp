#pragma once

#include <limits>
#include <numbers>

#include "latent/kernels/ln2.hpp"
#include "latent/kernels/simd.hpp"

/// exp and the functions made of it on whole registers, float or double, to within a few units in the last place.
/// Infinities saturate, NaN stays NaN, results below the smallest normal number may become zero.
namespace latent::kernels {

namespace detail {

/// The nearest integer, for |x| well below 2^(mantissa bits): adding 1.5 times that leaves no room for a fraction.
template <class T>
inline Vector<T> round(const Vector<T>& x) {
  constexpr T shift = sizeof(T) == 4 ? T(0x1.8p23) : T(0x1.8p52);
  const Vector<T> shifted = opaque<T>(x + shift);
  return shifted - shift;
}

/// x = n log 2 + r with |r| <= log(2) / 2
template <class T>
struct Reduced {
  Vector<T> n, r;
};

template <class T>
inline Reduced<T> reduce(const Vector<T>& x) {
  const Vector<T> n = round<T>(x * std::numbers::log2e_v<T>);
  const Vector<T> rest = opaque<T>(x - n * ln2_high<T>);
  return {n, rest - n * ln2_low<T>};
}

/// exp(r) - 1 by its Taylor series, to the last digit for |r| <= log(2) / 2.
template <class T>
inline Vector<T> expm1_reduced(const Vector<T>& r) {
  constexpr int degree = sizeof(T) == 4 ? 7 : 13;
  constexpr auto inverse_factorials = [] {
    std::array<T, static_cast<std::size_t>(degree + 1)> result{};
    double factorial = 1;
    for (std::size_t i = 0; i <= degree; ++i) {
      if (i) factorial *= static_cast<double>(i);
      result[i] = static_cast<T>(1 / factorial);
    }
    return result;
  }();
  Vector<T> sum = r * inverse_factorials[degree];
  unroll<degree - 2>([&](Index i) { sum = (sum + inverse_factorials[static_cast<std::size_t>(degree - 1 - i)]) * r; });
  return sum * r + r;
}

/// 2^n for integral n within the exponents of normal numbers.
template <class T>
inline Vector<T> power_of_two(const Vector<T>& n) {
  constexpr IntegerOf<T> bias = std::numeric_limits<T>::max_exponent - 1;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  return bits_as<Vector<T>>((__builtin_convertvector(n, IntegerVector<T>) + bias) << mantissa);
}

/// low and high where x is beyond them; NaN stays.
template <class T>
inline Vector<T> clamp(Vector<T> x, T low, T high) {
  const Vector<T> lowest = Vector<T>{} + low;
  const Vector<T> highest = Vector<T>{} + high;
  x = x < low ? lowest : x;
  return x > high ? highest : x;
}

}  // namespace detail

/// exp(x) of a register: infinity beyond the largest number, 0 below the smallest normal one, NaN of NaN.
template <class T>
inline Vector<T> exp(const Vector<T>& x) {
  // From here on the result is infinite, and down there it is below the smallest normal number.
  constexpr T top = sizeof(T) == 4 ? T(88.72283935546875) : T(709.782712893384);
  constexpr T bottom = sizeof(T) == 4 ? T(-87.3365447) : T(-708.396418532264);
  const auto [n, r] = detail::reduce<T>(detail::clamp<T>(x, bottom, top));
  // 2^n in two factors, since alone it leaves the normal numbers near both ends.
  const Vector<T> half = detail::round<T>(n * T(0.5));
  const Vector<T> scaled =
      (detail::expm1_reduced<T>(r) + T(1)) * detail::power_of_two<T>(half) * detail::power_of_two<T>(n - half);
  const Vector<T> infinity = Vector<T>{} + std::numeric_limits<T>::infinity();
  Vector<T> result = x > top ? infinity : scaled;
  result = x < bottom ? Vector<T>{} : result;
  return x == x ? result : x;
}

/// exp(x) for x <= 0 or NaN, with less work: nothing can become infinite, and 2^n is a normal number.
template <class T>
inline Vector<T> exp_nonpositive(const Vector<T>& x) {
  constexpr T bottom = sizeof(T) == 4 ? T(-87.3365447) : T(-708.396418532264);
  const Vector<T> lowest = Vector<T>{} + bottom;
  const auto [n, r] = detail::reduce<T>(x < bottom ? lowest : x);
  const Vector<T> result = (detail::expm1_reduced<T>(r) + T(1)) * detail::power_of_two<T>(n);
  return x < bottom ? Vector<T>{} : result;
}

/// 1 / (1 + exp(-x))
template <class T>
inline Vector<T> sigmoid(const Vector<T>& x) {
  // Within these bounds exp(-x) is a normal number; beyond them the result is 0 or 1.
  constexpr T bound = sizeof(T) == 4 ? T(87.3365447) : T(708.396418532264);
  const auto [n, r] = detail::reduce<T>(detail::clamp<T>(-x, -bound, bound));
  const Vector<T> result = T(1) / (T(1) + (detail::expm1_reduced<T>(r) + T(1)) * detail::power_of_two<T>(n));
  return x < -bound ? Vector<T>{} : result;
}

/// (exp(2 x) - 1) / (exp(2 x) + 1), from exp(2 x) - 1 without cancellation near zero.
template <class T>
inline Vector<T> tanh(const Vector<T>& x) {
  constexpr T saturated = sizeof(T) == 4 ? T(10) : T(20);
  const auto [n, r] = detail::reduce<T>(T(2) * detail::clamp<T>(x, -saturated, saturated));
  const Vector<T> scale = detail::power_of_two<T>(n);
  const Vector<T> expm1 = detail::expm1_reduced<T>(r) * scale + opaque<T>(scale - T(1));
  const Vector<T> result = expm1 / (expm1 + T(2));
  return x == x ? result : x;
}

}  // namespace latent::kernels
