#pragma once

#include "latent/kernels/micro_kernel.hpp"

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

/// bfloat16 in registers: the upper half of a float, 8 bits of its significand. Rounded to nearest, halves to even.
///
/// Machines with AVX512-BF16 have instructions that round, and multiply pairs; these take numbers below 2^-126
/// (subnormal ones) for zero. Elsewhere the same is said in portable code, which keeps those.
namespace latent::kernels {

/// The bits of one number.
struct Bfloat16 {
  std::uint16_t bits;
};

/// A register of pairs: of each lane the lower half comes first in memory.
using Bfloat16Pairs = Vector<std::uint32_t>;

namespace detail {

/// Rounded numbers in the upper halves; what is in the lower ones does not matter.
inline Bfloat16Pairs rounded_upper(const Vector<float>& x) {
  const Bfloat16Pairs bits = bits_as<Bfloat16Pairs>(x);
  const Bfloat16Pairs rounded = bits + (((bits >> 16) & 1) + 0x7FFF);
  return x == x ? rounded : bits | 0x400000;  // a NaN must not become infinite
}

/// Every second element of two registers, from the first or the second on.
template <std::size_t First, std::size_t... Lane>
inline Vector<float> every_second(const Vector<float>& a, const Vector<float>& b, std::index_sequence<Lane...>) {
  return __builtin_shufflevector(a, b, (2 * Lane + First)...);
}

#if defined(__AVX512BF16__)
/// The halves of a register, an element of each in turn.
template <std::size_t... Lane>
inline Vector<std::uint16_t> interleaved(const Vector<std::uint16_t>& x, std::index_sequence<Lane...>) {
  return __builtin_shufflevector(x, x, (Lane / 2 + Lane % 2 * (sizeof...(Lane) / 2))...);
}
#endif

}  // namespace detail

/// The pairs (first[0], second[0]), (first[1], second[1]), ..
inline Bfloat16Pairs bfloat16_pairs(const Vector<float>& first, const Vector<float>& second) {
#if defined(__AVX512BF16__)
  const __m512bh both = _mm512_cvtne2ps_pbh(bits_as<__m512>(second), bits_as<__m512>(first));
  return bits_as<Bfloat16Pairs>(
      detail::interleaved(bits_as<Vector<std::uint16_t>>(both), std::make_index_sequence<32>{}));
#else
  return detail::rounded_upper(first) >> 16 | (detail::rounded_upper(second) & 0xFFFF0000);
#endif
}

/// The pairs (x[0], x[1]), (x[2], x[3]), .., first those of `lower`, then those of `upper`: numbers in their order.
inline Bfloat16Pairs bfloat16_row(const Vector<float>& lower, const Vector<float>& upper) {
#if defined(__AVX512BF16__)
  return bits_as<Bfloat16Pairs>(_mm512_cvtne2ps_pbh(bits_as<__m512>(upper), bits_as<__m512>(lower)));
#else
  constexpr auto all = std::make_index_sequence<static_cast<std::size_t>(lanes<float>)>{};
  return bfloat16_pairs(detail::every_second<0>(lower, upper, all), detail::every_second<1>(lower, upper, all));
#endif
}

/// Numbers next to each other, in pairs; of an odd count the last has a zero beside it. Whole registers are written:
/// `to` has room for `count` and 2 lanes<float> more.
inline void round_to_bfloat16(Index count, const float* from, Bfloat16* to) {
  constexpr Index width = lanes<float>;
  Index i = 0;
  for (; i + 2 * width <= count; i += 2 * width) {
    const Bfloat16Pairs row = bfloat16_row(load(from + i), load(from + i + width));
    std::memcpy(to + i, &row, sizeof row);
  }
  if (i == count) return;
  const Index lower = std::min(width, count - i), upper = count - i - lower;
  const Bfloat16Pairs row =
      bfloat16_row(load(from + i, lower), upper > 0 ? load(from + i + width, upper) : Vector<float>{});
  std::memcpy(to + i, &row, sizeof row);
}

/// The same numbers as float.
inline void round_as_bfloat16(Index count, const float* from, float* to) {
  for (Index i = 0; i < count; i += lanes<float>) {
    const Index part = std::min(lanes<float>, count - i);
    const Bfloat16Pairs pairs = bfloat16_pairs(Vector<float>{}, load(from + i, part));
    store(to + i, bits_as<Vector<float>>(pairs), part);
  }
}

/// A step of the micro-kernel multiplies pairs: sums += second x second, then += first x first. Each product is exact,
/// each sum is rounded to nearest, as in float.
template <>
struct MultiplyAdd<Bfloat16> {
  static constexpr Index elements = 2;

#if defined(__AVX512BF16__)
  __attribute__((always_inline)) static Bfloat16Pairs left(const Bfloat16* from) {
    int pair;
    std::memcpy(&pair, from, sizeof pair);
    return bits_as<Bfloat16Pairs>(_mm512_set1_epi32(pair));
  }
  __attribute__((always_inline)) static Bfloat16Pairs right(const Bfloat16* from) {
    Bfloat16Pairs pairs;
    std::memcpy(&pairs, from, sizeof pairs);
    return pairs;
  }
  __attribute__((always_inline)) static Vector<float> add(const Vector<float>& sums, const Bfloat16Pairs& left,
                                                          const Bfloat16Pairs& right) {
    return bits_as<Vector<float>>(
        _mm512_dpbf16_ps(bits_as<__m512>(sums), bits_as<__m512bh>(left), bits_as<__m512bh>(right)));
  }
#else
  /// The elements of pairs, in float.
  struct Pairs {
    Vector<float> first, second;  ///< those that come first, those behind them
  };

  __attribute__((always_inline)) static Pairs widened(const Bfloat16Pairs& pairs) {
    return {bits_as<Vector<float>>(pairs << 16), bits_as<Vector<float>>(pairs & 0xFFFF0000)};
  }
  __attribute__((always_inline)) static Pairs left(const Bfloat16* from) {
    std::uint32_t pair;
    std::memcpy(&pair, from, sizeof pair);
    return widened(Bfloat16Pairs{} + pair);
  }
  __attribute__((always_inline)) static Pairs right(const Bfloat16* from) {
    Bfloat16Pairs pairs;
    std::memcpy(&pairs, from, sizeof pairs);
    return widened(pairs);
  }
  __attribute__((always_inline)) static Vector<float> add(const Vector<float>& sums, const Pairs& left,
                                                          const Pairs& right) {
    const Vector<float> sum = sums + left.second * right.second;
    return sum + left.first * right.first;
  }
#endif
};

}  // namespace latent::kernels
