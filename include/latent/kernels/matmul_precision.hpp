#pragma once

#include "latent/core/narrow_products.hpp"
#include "latent/kernels/bfloat16_product.hpp"

/// The precision of products, by choice. latent.hpp leaves this out: a program that does not include it has float
/// alone.
namespace latent {

/// What the operands of products of float are rounded to.
enum class MatmulPrecision {
  float32,   ///< nothing: as they are
  bfloat16,  ///< 8 bits of significand, to nearest, halves to even; with AVX512-BF16 numbers below 2^-126 are zero
};

namespace kernels::detail {

inline constexpr NarrowProducts<float> bfloat16_products{"bfloat16", pack_bfloat16, multiply_bfloat16,
                                                         round_as_bfloat16};

constexpr const NarrowProducts<float>* products_of(MatmulPrecision precision) {
  return precision == MatmulPrecision::bfloat16 ? &bfloat16_products : nullptr;
}

}  // namespace kernels::detail

/// Of all threads from now on, but while a WithMatmulPrecision lives in one; not while another thread computes, whose
/// operands could be packed for one precision and multiplied in the other. At the start of a program it is float32.
///
///     set_matmul_precision(MatmulPrecision::bfloat16);
///
/// With bfloat16 both operands of matrix products (linear, matmul, einsum, attention), convolutions and recurrent
/// layers are rounded, forward and backward; sums, results, biases, parameters and all else stay float, so losses need
/// no scaling. Double is not affected. A backward pass has the precision that each of its operations was recorded in.
/// For processors with AVX512-BF16, and programs compiled for them: one instruction does twice the multiply-adds of one
/// for float. Elsewhere it is slower than float. As
/// `torch.autocast("cpu", torch.bfloat16)` in what is rounded, but for results, which are rounded there.
inline void set_matmul_precision(MatmulPrecision precision) {
  detail::narrow_products_of_process.store(kernels::detail::products_of(precision), std::memory_order_relaxed);
}

/// Of the calling thread.
inline MatmulPrecision matmul_precision() {
  return detail::narrow_products() ? MatmulPrecision::bfloat16 : MatmulPrecision::float32;
}

/// While it lives, what its thread computes has this precision, whatever set_matmul_precision says:
///
///     const WithMatmulPrecision bfloat16(MatmulPrecision::bfloat16);
class WithMatmulPrecision {
 public:
  /// Begins; its end is that of its block.
  explicit WithMatmulPrecision(MatmulPrecision precision) : products_(kernels::detail::products_of(precision)) {}

 private:
  detail::ComputesNarrow products_;
};

}  // namespace latent
