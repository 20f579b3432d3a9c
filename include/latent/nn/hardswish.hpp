#pragma once

#include "latent/autograd/functions.hpp"

namespace latent {

namespace detail {

/// x + 3, but at least 0 and at most 6; NaN stays
template <Scalar T>
kernels::Vector<T> relu6_of_shifted(const kernels::Vector<T>& x) {
  return kernels::detail::clamp<T>(x + T(3), T(0), T(6));
}

}  // namespace detail

/// y = min(max(x + 3, 0), 6) / 6. As torch.nn.functional.hardsigmoid.
template <Scalar T>
Variable<T> hardsigmoid(const Variable<T>& x) {
  return elementwise(
      "hardsigmoid", x, [](const auto& v) { return detail::relu6_of_shifted<T>(v) / T(6); },
      [](const auto& dy, const auto& v, const auto&) {
        const kernels::Vector<T> zero{};
        const auto below = v < T(3) ? dy / T(6) : zero;
        return v > T(-3) ? below : zero;
      });
}

/// y = x min(max(x + 3, 0), 6) / 6, with derivative 0 at -3 and 1 at 3. As torch.nn.functional.hardswish.
template <Scalar T>
Variable<T> hardswish(const Variable<T>& x) {
  return elementwise(
      "hardswish", x, [](const auto& v) { return v * detail::relu6_of_shifted<T>(v) / T(6); },
      [](const auto& dy, const auto& v, const auto&) {
        const auto inside = dy * (v / T(3) + T(0.5));
        const auto below = v >= T(3) ? dy : inside;
        return v <= T(-3) ? kernels::Vector<T>{} : below;
      });
}

namespace nn {

/// min(max(x + 3, 0), 6) / 6, any shape. As torch.nn.Hardsigmoid.
struct Hardsigmoid {
  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return hardsigmoid(x);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

/// x min(max(x + 3, 0), 6) / 6, any shape. Howard et al., "Searching for MobileNetV3", 2019. As torch.nn.Hardswish.
struct Hardswish {
  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return hardswish(x);
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace nn
}  // namespace latent
