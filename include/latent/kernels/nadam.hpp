#pragma once

#include "latent/kernels/optimizers.hpp"

/// Adam with other corrections of its moments: NAdam and RAdam.
namespace latent::kernels {

/// One of the parameters that it changes: n elements, their gradient, and the moments of it.
template <class T>
struct MomentsArray {
  Index n;
  const T* gradient;
  T* parameter;
  T* exp_avg;
  T* exp_avg_sq;
};

namespace detail {

/// For all registers, m and v being the moments:
///
///     g = gradient + weight_decay p    m += (1 - beta1) (g - m)    v = beta2 v + (1 - beta2) g^2
///     p = decay p - change(array, g, m, sqrt(v))
template <class T, class Array, class F>
void step_by_moments(std::span<const Array> arrays, const AdamStep<T>& s, F change) {
  each_piece<T>(arrays, 16, [&](const Array& array, Index first, Index last) {
    each_register<T>(first, last, [&](Index i, Index count) {
      T *const p = array.parameter + i, *const m = array.exp_avg + i, *const v = array.exp_avg_sq + i;
      const Vector<T> before = load(p, count);
      Vector<T> g = load(array.gradient + i, count);
      if (s.weight_decay != 0) g += s.weight_decay * before;  // 0 times infinity is NaN
      const Vector<T> m_before = load(m, count);
      const Vector<T> m_after = m_before + s.one_minus_beta1 * (g - m_before);
      const Vector<T> v_after = s.beta2 * load(v, count) + s.one_minus_beta2 * g * g;
      store(m, m_after, count);
      store(v, v_after, count);
      store(p, s.decay * before - change(array, g, m_after, sqrt<T>(v_after)), count);
    });
  });
}

}  // namespace detail

/// A parameter, its state, and what its next step is made of.
template <class T>
struct NadamArray : MomentsArray<T> {
  T gradient_size, step_size;   ///< factors of gradient and mean
  T inv_sqrt_bias_correction2;  ///< 1 / sqrt(1 - beta2^step), step being the number of this array's steps
};

/// One step of NAdam, whose moments are changed as Adam's:
///
///     p = decay p - (gradient_size g + step_size m) / (sqrt(v) inv_sqrt_bias_correction2 + eps)
template <class T>
void nadam(std::span<const NadamArray<T>> arrays, const AdamStep<T>& s) {
  detail::step_by_moments<T>(
      arrays, s, [&](const NadamArray<T>& array, const Vector<T>& g, const Vector<T>& m, const Vector<T>& root) {
        return (array.gradient_size * g + array.step_size * m) / (root * array.inv_sqrt_bias_correction2 + s.eps);
      });
}

/// A parameter, its state, and what its next step is made of.
template <class T>
struct RadamArray : MomentsArray<T> {
  T step_size;     ///< factor of the mean
  bool rectified;  ///< whether its variance can be estimated
};

/// One step of RAdam, whose moments are changed as Adam's:
///
///     p = decay p - step_size m / (sqrt(v) + eps, or 1 unless rectified)
template <class T>
void radam(std::span<const RadamArray<T>> arrays, const AdamStep<T>& s) {
  detail::step_by_moments<T>(
      arrays, s, [&](const RadamArray<T>& array, const Vector<T>&, const Vector<T>& m, const Vector<T>& root) {
        const Vector<T> change = array.step_size * m;
        return array.rectified ? change / (root + s.eps) : change;
      });
}

}  // namespace latent::kernels
