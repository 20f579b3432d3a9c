#pragma once

#include "latent/kernels/each_piece.hpp"

namespace latent::kernels {

/// What a step of Adam has in common for all parameters.
template <class T>
struct AdamStep {
  T one_minus_beta1;
  T beta2, one_minus_beta2;
  T eps;
  T weight_decay;        ///< times the parameter is added to the gradient
  T decay;               ///< the parameter is multiplied by this (AdamW)
  bool amsgrad = false;  ///< the largest mean of squares so far counts
};

/// One of the parameters that it changes: n elements, their gradient, and the moments of it.
template <class T>
struct AdamArray {
  Index n;
  const T* gradient;
  T* parameter;
  T* exp_avg;
  T* exp_avg_sq;
  T step_size;                  ///< lr / (1 - beta1^step), step being the number of this array's steps
  T inv_sqrt_bias_correction2;  ///< 1 / sqrt(1 - beta2^step)
  T* max_exp_avg_sq = nullptr;  ///< with amsgrad
};

/// One step of Adam (Kingma and Ba, 2015) in the order of operations of torch.optim.Adam; m and v are its moments.
///
///     g = gradient + weight_decay p    m += (1 - beta1) (g - m)    v = beta2 v + (1 - beta2) g^2
///     p = decay p - step_size m / (sqrt(v) inv_sqrt_bias_correction2 + eps)
///
/// With amsgrad the largest v of all steps takes the place of v in the last line.
template <class T>
void adam(std::span<const AdamArray<T>> arrays, const AdamStep<T>& step) {
  const bool plain = step.weight_decay == 0 && step.decay == 1 && !step.amsgrad;
  each_piece<T>(arrays, 16, [s = step, plain](const AdamArray<T>& array, Index first, Index last) {
    // Inlined always, since calls would cost AdamW a tenth.
    const auto update = [&](auto is_plain, Index i, Index count) __attribute__((always_inline)) {
      T *const p = array.parameter + i, *const m = array.exp_avg + i, *const v = array.exp_avg_sq + i;
      Vector<T> before = load(p, count);
      Vector<T> g = load(array.gradient + i, count);
      if constexpr (!is_plain) {
        if (s.weight_decay != 0) g += s.weight_decay * before;  // 0 times infinity is NaN
        before *= s.decay;
      }
      const Vector<T> m_before = load(m, count);
      const Vector<T> m_after = m_before + s.one_minus_beta1 * (g - m_before);
      Vector<T> v_after = s.beta2 * load(v, count) + s.one_minus_beta2 * g * g;
      store(m, m_after, count);
      store(v, v_after, count);
      if constexpr (!is_plain) {
        if (s.amsgrad) {
          const Vector<T> largest = load(array.max_exp_avg_sq + i, count);
          v_after = largest >= v_after ? largest : v_after;
          store(array.max_exp_avg_sq + i, v_after, count);
        }
      }
      const Vector<T> root = sqrt<T>(v_after) * array.inv_sqrt_bias_correction2;
      store(p, before - array.step_size * m_after / (root + s.eps), count);
    };
    if (plain) {
      detail::each_register<T>(first, last, [&](Index i, Index count) { update(std::true_type{}, i, count); });
    } else {
      detail::each_register<T>(first, last, [&](Index i, Index count) { update(std::false_type{}, i, count); });
    }
  });
}

/// What a step of stochastic gradient descent has in common for all parameters.
template <class T>
struct SgdStep {
  T lr, momentum, dampening, weight_decay;  ///< as in the optimizer's options
  bool nesterov;                            ///< steps along the velocity to come
};

/// One of the parameters that it changes: n elements, their gradient, and their velocity.
template <class T>
struct SgdArray {
  Index n;
  const T* gradient;
  T* parameter;
  T* velocity;      ///< null without momentum
  bool first_step;  ///< the velocity is not known yet, and becomes the gradient
};

/// One step of stochastic gradient descent as in torch.optim.SGD.
///
///     g = gradient + weight_decay p    velocity = momentum velocity + (1 - dampening) g
///     p -= lr (velocity, or g + momentum velocity with Nesterov)
template <class T>
void sgd(std::span<const SgdArray<T>> arrays, const SgdStep<T>& s) {
  each_piece<T>(arrays, 6, [&](const SgdArray<T>& array, Index first, Index last) {
    detail::each_register<T>(first, last, [&](Index i, Index count) {
      T* const p = array.parameter + i;
      const Vector<T> before = load(p, count);
      Vector<T> g = load(array.gradient + i, count);
      if (s.weight_decay != 0) g += s.weight_decay * before;  // 0 times infinity is NaN
      Vector<T> direction = g;
      if (array.velocity) {
        T* const velocity = array.velocity + i;
        if (!array.first_step) direction = s.momentum * load(velocity, count) + (T(1) - s.dampening) * g;
        store(velocity, direction, count);
        if (s.nesterov) direction = g + s.momentum * direction;
      }
      store(p, before - s.lr * direction, count);
    });
  });
}

}  // namespace latent::kernels
