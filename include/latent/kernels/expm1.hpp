#pragma once

#include "latent/kernels/exp.hpp"

namespace latent::kernels {

/// exp(x) - 1 of a whole register for x <= 0, float or double, to within a few units in the last place, without
/// cancellation near zero. -1 at -infinity, NaN stays.
template <class T>
inline Vector<T> expm1_of_negative(const Vector<T>& x) {
  constexpr T saturated = sizeof(T) == 4 ? T(-20) : T(-40);  // from here on the result is -1
  const auto [n, r] = detail::reduce<T>(x < saturated ? Vector<T>{} + saturated : x);
  const Vector<T> scale = detail::power_of_two<T>(n);
  const Vector<T> result = detail::expm1_reduced<T>(r) * scale + opaque<T>(scale - T(1));
  return x == x ? result : x;
}

}  // namespace latent::kernels
