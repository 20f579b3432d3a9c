#pragma once

namespace latent::kernels::detail {

/// The natural logarithm of 2 in two parts, of which n times the first is exact.
template <class T>
inline constexpr T ln2_high = sizeof(T) == 4 ? T(0.693359375) : T(0x1.62e42fee00000p-1);
template <class T>
inline constexpr T ln2_low = sizeof(T) == 4 ? T(-2.12194440054690583e-4) : T(0x1.a39ef35793c76p-33);

}  // namespace latent::kernels::detail
