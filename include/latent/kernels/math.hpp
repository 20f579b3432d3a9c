#pragma once

#include <limits>
#include <numbers>

#include "latent/kernels/simd.hpp"

/// exp, log, sqrt and their relatives on whole registers, float or double, to within a few units in the last place.
/// Infinities saturate, NaN stays NaN, results below the smallest normal number may become zero.
namespace latent::kernels {

namespace detail {

/// The nearest integer, for |x| well below 2^(mantissa bits): adding 1.5 times that leaves no room for a fraction.
template <class T>
inline Vector<T> round(const Vector<T>& x) {
  constexpr T shift = sizeof(T) == 4 ? T(0x1.8p23) : T(0x1.8p52);
  const Vector<T> shifted = x + shift;
  return shifted - shift;
}

/// Log 2 in two parts, of which n times the first is exact.
template <class T>
inline constexpr T log2_high = sizeof(T) == 4 ? T(0.693359375) : T(0x1.62e42fee00000p-1);
template <class T>
inline constexpr T log2_low = sizeof(T) == 4 ? T(-2.12194440054690583e-4) : T(0x1.a39ef35793c76p-33);

/// x = n log 2 + r with |r| <= log(2) / 2
template <class T>
struct Reduced {
  Vector<T> n, r;
};

template <class T>
inline Reduced<T> reduce(const Vector<T>& x) {
  const Vector<T> n = round<T>(x * std::numbers::log2e_v<T>);
  return {n, (x - n * log2_high<T>)-n * log2_low<T>};
}

/// exp(r) - 1 by its Taylor series, to the last digit for |r| <= log(2) / 2.
template <class T>
inline Vector<T> expm1_reduced(const Vector<T>& r) {
  constexpr int degree = sizeof(T) == 4 ? 7 : 13;
  constexpr auto inverse_factorials = [] {
    std::array<T, degree + 1> result{};
    double factorial = 1;
    for (std::size_t i = 0; i <= degree; ++i) {
      if (i) factorial *= static_cast<double>(i);
      result[i] = static_cast<T>(1 / factorial);
    }
    return result;
  }();
  Vector<T> sum = r * inverse_factorials[degree];
  unroll<degree - 2>([&](auto i) { sum = (sum + inverse_factorials[static_cast<std::size_t>(degree - 1 - i)]) * r; });
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
  const Vector<T> expm1 = detail::expm1_reduced<T>(r) * scale + (scale - T(1));
  const Vector<T> result = expm1 / (expm1 + T(2));
  return x == x ? result : x;
}

/// The natural logarithm; -infinity at 0, NaN below.
template <class T>
inline Vector<T> log(const Vector<T>& x) {
  using Bits = IntegerVector<T>;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  constexpr T smallest = std::numeric_limits<T>::min();
  constexpr T magnify = sizeof(T) == 4 ? T(0x1p23) : T(0x1p52);
  const Vector<T> zero{};
  // x = 2^n m with m in [sqrt(1/2), sqrt(2)): what the bits of x exceed those of sqrt(1/2) by, cut to the exponent.
  const Vector<T> normal = x < smallest ? x * magnify : x;
  const Bits excess = bits_as<Bits>(normal) - bits_as<IntegerOf<T>>(std::numbers::sqrt2_v<T> / 2);
  const Bits exponent = excess >> mantissa;
  const Vector<T> m = bits_as<Vector<T>>(bits_as<Bits>(normal) - (exponent << mantissa));
  const Vector<T> n = __builtin_convertvector(exponent, Vector<T>) - (x < smallest ? zero + T(mantissa) : zero);
  // log m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172, by its series.
  constexpr int terms = sizeof(T) == 4 ? 5 : 11;
  const Vector<T> s = (m - T(1)) / (m + T(1));
  const Vector<T> square = s * s;
  Vector<T> series = zero + T(2) / T(2 * terms + 1);
  unroll<terms - 1>([&](auto i) { series = series * square + T(2) / T(2 * (terms - i) - 1); });
  const Vector<T> fraction = series * square * s + T(2) * s;
  Vector<T> result = n * detail::log2_high<T> + (n * detail::log2_low<T> + fraction);
  result = x > std::numeric_limits<T>::max() ? x : result;
  result = x == zero ? zero - std::numeric_limits<T>::infinity() : result;
  return x >= zero ? result : zero + std::numeric_limits<T>::quiet_NaN();
}

namespace detail {

/// The square root of 0 or of a normal number: 1 / sqrt(x) by Halley's iteration, which triples the digits, begun with
/// half the exponent; then one step of Heron's, which doubles them. (Compilers leave std::sqrt scalar for the sake of
/// errno.)
template <class T>
inline Vector<T> sqrt_normal(const Vector<T>& x) {
  using Bits = IntegerVector<T>;
  constexpr bool single = sizeof(T) == 4;
  constexpr auto begin = static_cast<IntegerOf<T>>(single ? 0x5f375a86 : 0x5fe6eb50c7b537a9);
  Vector<T> inverse = bits_as<Vector<T>>(Bits(begin - (bits_as<Bits>(x) >> 1)));
  unroll<single ? 1 : 2>([&](auto) {
    const Vector<T> rest = T(1) - (x * inverse) * inverse;
    inverse = inverse + (inverse * rest) * (T(0.5) + T(0.375) * rest);
  });
  const Vector<T> root = x * inverse;
  return root + (x - root * root) * (T(0.5) * inverse);
}

}  // namespace detail

/// The square root; NaN below 0.
template <class T>
inline Vector<T> sqrt(const Vector<T>& x) {
  // Subnormal numbers have fewer digits to begin with: 2^(2 k) times as large ones have roots 2^k times as large.
  constexpr T magnify = sizeof(T) == 4 ? T(0x1p24) : T(0x1p54);
  constexpr T shrink = sizeof(T) == 4 ? T(0x1p-12) : T(0x1p-27);
  const auto subnormal = x < std::numeric_limits<T>::min();
  const Vector<T> root = detail::sqrt_normal<T>(subnormal ? x * magnify : x);
  const Vector<T> result = subnormal ? root * shrink : root;
  const Vector<T> not_finite = x > T(0) ? x : Vector<T>{} + std::numeric_limits<T>::quiet_NaN();
  const Vector<T> special = x == T(0) ? x : not_finite;
  return x > T(0) && x <= std::numeric_limits<T>::max() ? result : special;
}

}  // namespace latent::kernels
