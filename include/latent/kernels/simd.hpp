#pragma once

#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "latent: -ffinite-math-only, part of -ffast-math and -Ofast, hides NaN; add -fno-finite-math-only after it"
#endif

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "latent/core/shape.hpp"

/// Portable SIMD: the compiler's vector types, as wide as the machine that is compiled for.
/// Arithmetic and comparison operators work on them element by element.
namespace latent::kernels {

#if defined(__AVX512F__)
inline constexpr Index vector_bytes = 64;      ///< of a register of the machine that is compiled for
inline constexpr Index vector_registers = 32;  ///< that it has
#elif defined(__AVX__)
inline constexpr Index vector_bytes = 32;
inline constexpr Index vector_registers = 16;
#elif defined(__aarch64__)
inline constexpr Index vector_bytes = 16;
inline constexpr Index vector_registers = 32;
#else
inline constexpr Index vector_bytes = 16;
inline constexpr Index vector_registers = 16;
#endif

/// The compiler's vector type, as a member that a template can name.
template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(vector_bytes)));
};

/// A register of `lanes<T>` elements, and one of integers of the same size, which comparisons give.
template <class T>
using Vector = typename VectorOf<T>::type;
/// An integer of the size of T.
template <class T>
using IntegerOf = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
/// A register of them.
template <class T>
using IntegerVector = Vector<IntegerOf<T>>;
/// The same without sign: sums and differences of bits may overflow.
template <class T>
using BitsVector = Vector<std::make_unsigned_t<IntegerOf<T>>>;

/// Elements of a register.
template <class T>
inline constexpr Index lanes = vector_bytes / static_cast<Index>(sizeof(T));

/// The elements from an address on, aligned or not.
template <class T>
inline Vector<T> load(const T* from) {
  Vector<T> result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

/// Writes a register to an address, aligned or not.
template <class T>
inline void store(T* to, Vector<T> x) {
  std::memcpy(to, &x, sizeof x);
}

/// The same bits as another type.
template <class To, class From>
inline To bits_as(const From& x) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &x, sizeof result);
  return result;
}

/// x, of which the compiler knows nothing here: under -ffast-math too, nothing is simplified across this.
template <class T>
__attribute__((always_inline)) inline Vector<T> opaque(Vector<T> x) {
#if defined(__x86_64__)
  asm("" : "+x"(x));
#elif defined(__aarch64__)
  asm("" : "+w"(x));
#else
  asm("" : "+m"(x));
#endif
  return x;
}

/// Calls f(0), .., f(Count - 1) without a loop, so that arrays indexed by the argument can live in registers.
template <Index Count, class F>
__attribute__((always_inline)) inline void unroll(const F& f) {
#pragma GCC unroll 16
  for (Index i = 0; i < Count; ++i) f(i);
}

/// The same with arguments that are constants, as sizes of arrays have to be. Slower to compile.
template <Index Count, class F>
__attribute__((always_inline)) inline void unroll_with_constants(const F& f) {
  [&]<Index... Indices>(std::integer_sequence<Index, Indices...>) __attribute__((always_inline)) {
    (f(std::integral_constant<Index, Indices>{}), ...);
  }
  (std::make_integer_sequence<Index, Count>{});
}

namespace detail {

/// Copies fewer elements than a register of T has lanes, in pieces whose sizes are known: a memcpy of any size would be
/// a call.
template <class T, class Element>
inline void copy_part(const Element* from, Element* to, Index count) {
  Index done = 0;
  unroll_with_constants<std::bit_width(static_cast<std::size_t>(lanes<T>)) - 1>([&](auto round) {
    constexpr Index piece = lanes<T> / (Index{2} << round);
    if (count & piece) {
      std::memcpy(to + done, from + done, static_cast<std::size_t>(piece) * sizeof(Element));
      done += piece;
    }
  });
}

#if defined(__AVX__) && !defined(__AVX512F__)
/// All bits of the first `count` lanes begin lanes<T> - count elements behind the first.
template <class T>
inline constexpr auto lane_masks = [] {
  std::array<IntegerOf<T>, static_cast<std::size_t>(2 * lanes<T>)> masks{};
  for (std::size_t i = 0; i < static_cast<std::size_t>(lanes<T>); ++i) masks[i] = -1;
  return masks;
}();

template <class T>
inline Vector<T> load_part(const T* from, Index count) {
  const IntegerOf<T>* const mask = lane_masks<T>.data() + lanes<T> - count;
  const auto* const whole = reinterpret_cast<const Vector<T>*>(from);
  if constexpr (sizeof(T) == 4) {
    return __builtin_ia32_maskloadps256(whole, load(mask));
  } else {
    typedef long long Mask __attribute__((vector_size(32)));
    return __builtin_ia32_maskloadpd256(whole, bits_as<Mask>(load(mask)));
  }
}
#endif

}  // namespace detail

/// The first `count` lanes; the others are zero, and left alone in memory. Of x86-64 there are instructions for it,
/// which portable code cannot say; but to store a part is slow on some of the machines with AVX.
template <class T>
inline Vector<T> load(const T* from, Index count) {
  if (count == lanes<T>) [[likely]]
    return load(from);
#if defined(__AVX512F__)
  const unsigned mask = (1u << count) - 1;
  if constexpr (sizeof(T) == 4)
    return __builtin_ia32_loadups512_mask(from, Vector<T>{}, static_cast<std::uint16_t>(mask));
  else
    return __builtin_ia32_loadupd512_mask(from, Vector<T>{}, static_cast<std::uint8_t>(mask));
#elif defined(__AVX__)
  return detail::load_part(from, count);
#else
  T part[lanes<T>] = {};
  detail::copy_part<T>(from, part, count);
  return load(part);
#endif
}

/// Writes the first elements, as many as `count` says, and touches nothing behind them.
template <class T>
inline void store(T* to, Vector<T> x, Index count) {
  if (count == lanes<T>) [[likely]]
    return store(to, x);
#if defined(__AVX512F__)
  const unsigned mask = (1u << count) - 1;
  if constexpr (sizeof(T) == 4)
    __builtin_ia32_storeups512_mask(to, x, static_cast<std::uint16_t>(mask));
  else
    __builtin_ia32_storeupd512_mask(to, x, static_cast<std::uint8_t>(mask));
#else
  T part[lanes<T>];
  store(part, x);
  detail::copy_part<T>(part, to, count);
#endif
}

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

/// The products of the lower halves of 64-bit lanes, all 64 bits of them; what is in the upper halves does not matter.
/// Machines have an instruction for it, which compilers find behind no mask.
inline Vector<std::uint64_t> multiply_halves(const Vector<std::uint64_t>& a, const Vector<std::uint64_t>& b) {
  Vector<std::uint64_t> product = a;
#if defined(__AVX2__)
  asm("vpmuludq %1, %0, %0" : "+v"(product) : "v"(b));
#elif defined(__SSE2__) && !defined(__AVX__)
  asm("pmuludq %1, %0" : "+x"(product) : "x"(b));
#else
  product = (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF);
#endif
  return product;
}

namespace detail {
/// From two rows of squares of D x D lanes, the row of the upper (Part 0) or lower (Part 1) ones after each pair of
/// squares off the diagonal has been exchanged.
template <Index D, Index Part, class V, std::size_t... Lane>
inline V exchange(const V& upper, const V& lower, std::index_sequence<Lane...>) {
  constexpr std::size_t n = sizeof...(Lane);
  return __builtin_shufflevector(upper, lower, (Lane & D ? n + Lane - (Part ? 0 : D) : Lane + (Part ? D : 0))...);
}
}  // namespace detail

/// As many rows as a register has lanes, in registers.
template <class T>
using Square = Vector<T>[static_cast<std::size_t>(lanes<T>)];

/// Transposes a square of `lanes<T>` rows held in registers: exchanging ever smaller squares off the diagonal
/// (Eklundh, 1972).
template <class T>
__attribute__((always_inline)) inline void transpose(Square<T>& rows) {
  constexpr auto all = std::make_index_sequence<static_cast<std::size_t>(lanes<T>)>{};
  unroll_with_constants<std::bit_width(static_cast<std::size_t>(lanes<T>)) - 1>([&](auto round) {
    constexpr Index d = lanes<T> / (Index{2} << round);
    unroll<lanes<T> / 2>([&](Index pair) {
      const Index i = pair / d * 2 * d + pair % d;
      const Vector<T> upper = rows[i];
      rows[i] = detail::exchange<d, 0>(upper, rows[i + d], all);
      rows[i + d] = detail::exchange<d, 1>(upper, rows[i + d], all);
    });
  });
}

}  // namespace latent::kernels
