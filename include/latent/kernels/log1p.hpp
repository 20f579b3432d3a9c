#pragma once

#include "latent/kernels/log.hpp"

namespace latent::kernels {

/// log(1 + x) of a whole register, float or double, to within a few units in the last place, also near zero; -infinity
/// at -1, NaN below.
template <class T>
inline Vector<T> log1p(const Vector<T>& x) {
  const Vector<T> sum = opaque<T>(x + T(1));
  const Vector<T> lost = x - opaque<T>(sum - T(1));  // by rounding the sum
  const Vector<T> rough = log<T>(sum);
  const Vector<T> result = rough + lost / sum;
  const Vector<T> positive = sum > T(0) ? result : rough;
  return sum > std::numeric_limits<T>::max() ? rough : positive;
}

}  // namespace latent::kernels
