#pragma once

#include <limits>
#include <numbers>

#include "latent/kernels/ln2.hpp"
#include "latent/kernels/simd.hpp"

namespace latent::kernels {

/// The natural logarithm of a whole register, float or double, to within a few units in the last place; -infinity at 0,
/// NaN below.
template <class T>
inline Vector<T> log(const Vector<T>& x) {
  using Bits = BitsVector<T>;
  using Integers = IntegerVector<T>;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  constexpr T smallest = std::numeric_limits<T>::min();
  constexpr T magnify = sizeof(T) == 4 ? T(0x1p23) : T(0x1p52);
  const Vector<T> zero{};
  // x = 2^n m with m in [sqrt(1/2), sqrt(2)): what the bits of x exceed those of sqrt(1/2) by, cut to the exponent.
  const Vector<T> normal = x < smallest ? x * magnify : x;
  const Bits excess = bits_as<Bits>(normal) - bits_as<Bits>(zero + std::numbers::sqrt2_v<T> / 2);
  const Integers exponent = bits_as<Integers>(excess) >> mantissa;
  const Vector<T> m = bits_as<Vector<T>>(bits_as<Bits>(normal) - bits_as<Bits>(Integers(exponent << mantissa)));
  const Vector<T> n = __builtin_convertvector(exponent, Vector<T>) - (x < smallest ? zero + T(mantissa) : zero);
  // log m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172, by its series.
  constexpr int terms = sizeof(T) == 4 ? 5 : 11;
  const Vector<T> s = (m - T(1)) / (m + T(1));
  const Vector<T> square = s * s;
  Vector<T> series = zero + T(2) / T(2 * terms + 1);
  unroll<terms - 1>([&](Index i) { series = series * square + T(2) / T(2 * (terms - i) - 1); });
  const Vector<T> fraction = series * square * s + T(2) * s;
  Vector<T> result = n * detail::ln2_high<T> + opaque<T>(n * detail::ln2_low<T> + fraction);
  result = x > std::numeric_limits<T>::max() ? x : result;
  result = x == zero ? zero - std::numeric_limits<T>::infinity() : result;
  return x >= zero ? result : zero + std::numeric_limits<T>::quiet_NaN();
}

}  // namespace latent::kernels
