#pragma once

// What products in bfloat16 are compared with.

#include <latent/kernels/matmul_precision.hpp>

#include "reference.hpp"

namespace reference {

/// Eight bits of significand, to nearest, halves to even.
inline float as_bfloat16(float x) {
  int exponent = 0;
  const double significand = std::frexp(static_cast<double>(x), &exponent);
  return static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(significand, 8)), exponent - 8));
}

inline Tensor<float> as_bfloat16(Tensor<float> x) {
  for (float& element : x.elements()) element = as_bfloat16(element);
  return x;
}

/// f() computed in bfloat16.
template <class F>
auto in_bfloat16(F f) {
  const latent::WithMatmulPrecision bfloat16(latent::MatmulPrecision::bfloat16);
  return f();
}

}  // namespace reference
