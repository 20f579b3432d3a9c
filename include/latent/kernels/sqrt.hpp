#pragma once

#include <limits>

#include "latent/kernels/simd.hpp"

namespace latent::kernels {

namespace detail {

/// The square root of 0 or of a normal number: 1 / sqrt(x) by Halley's iteration, which triples the digits, begun with
/// half the exponent; then one step of Heron's, which doubles them. (Compilers leave std::sqrt scalar for the sake of
/// errno.)
template <class T>
inline Vector<T> sqrt_normal(const Vector<T>& x) {
  using Bits = BitsVector<T>;
  constexpr bool single = sizeof(T) == 4;
  constexpr auto begin = static_cast<std::make_unsigned_t<IntegerOf<T>>>(single ? 0x5f375a86 : 0x5fe6eb50c7b537a9);
  Vector<T> inverse = bits_as<Vector<T>>(Bits(begin - (bits_as<Bits>(x) >> 1)));
  unroll<single ? 1 : 2>([&](auto) {
    const Vector<T> rest = T(1) - (x * inverse) * inverse;
    inverse = inverse + (inverse * rest) * (T(0.5) + T(0.375) * rest);
  });
  const Vector<T> root = x * inverse;
  return root + (x - root * root) * (T(0.5) * inverse);
}

}  // namespace detail

/// The square root of a whole register, float or double, to within a few units in the last place; NaN below 0.
template <class T>
inline Vector<T> sqrt(const Vector<T>& x) {
  // Subnormal numbers have fewer digits to begin with: 2^(2 k) times as large ones have roots 2^k times as large.
  constexpr T magnify = sizeof(T) == 4 ? T(0x1p24) : T(0x1p54);
  constexpr T restore = sizeof(T) == 4 ? T(0x1p-12) : T(0x1p-27);
  const auto subnormal = x < std::numeric_limits<T>::min();
  const Vector<T> root = detail::sqrt_normal<T>(subnormal ? x * magnify : x);
  const Vector<T> result = subnormal ? root * restore : root;
  const Vector<T> not_finite = x > T(0) ? x : Vector<T>{} + std::numeric_limits<T>::quiet_NaN();
  const Vector<T> special = x == T(0) ? x : not_finite;
  return x > T(0) && x <= std::numeric_limits<T>::max() ? result : special;
}

}  // namespace latent::kernels
