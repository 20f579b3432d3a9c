#pragma once

#include <cmath>

#include "latent/kernels/simd.hpp"

namespace latent::kernels {

/// The square root of a whole register, float or double, rounded correctly (IEEE 754); NaN below 0. Machines have an
/// instruction for it, of which compilers make no use for std::sqrt, for the sake of errno.
template <class T>
inline Vector<T> sqrt(const Vector<T>& x) {
  constexpr bool single = sizeof(T) == 4;
  Vector<T> root;
#if defined(__AVX__)
  if constexpr (single)
    asm("vsqrtps %1, %0" : "=v"(root) : "v"(x));
  else
    asm("vsqrtpd %1, %0" : "=v"(root) : "v"(x));
#elif defined(__SSE2__)
  if constexpr (single)
    asm("sqrtps %1, %0" : "=x"(root) : "x"(x));
  else
    asm("sqrtpd %1, %0" : "=x"(root) : "x"(x));
#elif defined(__aarch64__)
  if constexpr (single)
    asm("fsqrt %0.4s, %1.4s" : "=w"(root) : "w"(x));
  else
    asm("fsqrt %0.2d, %1.2d" : "=w"(root) : "w"(x));
#else
  for (Index lane = 0; lane < lanes<T>; ++lane) root[lane] = std::sqrt(x[lane]);
#endif
  return root;
}

}  // namespace latent::kernels
