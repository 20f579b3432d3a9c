#pragma once

#include "latent/kernels/each_piece.hpp"

namespace latent::kernels {

/// What a step of Lion has in common for all parameters.
template <class T>
struct LionStep {
  T lr;
  T beta1, one_minus_beta1;
  T beta2, one_minus_beta2;
  T decay;  ///< the parameter is multiplied by this
};

/// One of the parameters that it changes: n elements, their gradient, and the mean of it.
template <class T>
struct LionArray {
  Index n;
  const T* gradient;
  T* parameter;
  T* exp_avg;
};

/// One step of Lion (Chen et al., 2023); m is exp_avg. The sign of NaN is NaN.
///
///     p = decay p - lr sign(beta1 m + (1 - beta1) g)    m = beta2 m + (1 - beta2) g
template <class T>
void lion(std::span<const LionArray<T>> arrays, const LionStep<T>& s) {
  const Vector<T> step = Vector<T>{} + s.lr;
  each_piece<T>(arrays, 8, [&](const LionArray<T>& array, Index first, Index last) {
    detail::each_register<T>(first, last, [&](Index i, Index count) {
      const Vector<T> g = load(array.gradient + i, count), m = load(array.exp_avg + i, count);
      const Vector<T> direction = s.beta1 * m + s.one_minus_beta1 * g;
      const Vector<T> unless_positive = direction < T(0) ? -step : direction;
      const Vector<T> change = direction > T(0) ? step : unless_positive;
      store(array.parameter + i, s.decay * load(array.parameter + i, count) - change, count);
      store(array.exp_avg + i, s.beta2 * m + s.one_minus_beta2 * g, count);
    });
  });
}

}  // namespace latent::kernels
