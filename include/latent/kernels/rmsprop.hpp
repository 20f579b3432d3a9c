#pragma once

#include "latent/kernels/each_piece.hpp"

/// Steps along the gradient divided by the root of its squares: RMSprop and Adagrad.
namespace latent::kernels {

/// What a step of RMSprop has in common for all parameters.
template <class T>
struct RmspropStep {
  T lr;
  T alpha, one_minus_alpha;  ///< part of the mean of squares that stays, and that is new
  T eps, weight_decay, momentum;
};

/// One of the parameters that it changes: n elements, their gradient, and the means of it.
template <class T>
struct RmspropArray {
  Index n;
  const T* gradient;
  T* parameter;
  T* square_avg;
  T* grad_avg;         ///< null unless centered
  T* momentum_buffer;  ///< null without momentum
};

/// One step of RMSprop as in torch.optim.RMSprop; v, a and b are square_avg, grad_avg and momentum_buffer.
///
///     g = gradient + weight_decay p    v = alpha v + (1 - alpha) g^2    a += (1 - alpha) (g - a)
///     b = momentum b + g / (sqrt(v - a^2) + eps)    p -= lr b
///
/// v - a^2 is a variance, but for rounding, which may take it below 0: then it is 0.
template <class T>
void rmsprop(std::span<const RmspropArray<T>> arrays, const RmspropStep<T>& s) {
  each_piece<T>(arrays, 16, [&](const RmspropArray<T>& array, Index first, Index last) {
    detail::each_register<T>(first, last, [&](Index i, Index count) {
      const Vector<T> before = load(array.parameter + i, count);
      Vector<T> g = load(array.gradient + i, count);
      if (s.weight_decay != 0) g += s.weight_decay * before;  // 0 times infinity is NaN
      Vector<T> variance = s.alpha * load(array.square_avg + i, count) + s.one_minus_alpha * g * g;
      store(array.square_avg + i, variance, count);
      if (array.grad_avg) {
        const Vector<T> mean_before = load(array.grad_avg + i, count);
        const Vector<T> mean = mean_before + s.one_minus_alpha * (g - mean_before);
        store(array.grad_avg + i, mean, count);
        variance -= mean * mean;
        variance = variance < T(0) ? Vector<T>{} : variance;
      }
      Vector<T> direction = g / (sqrt<T>(variance) + s.eps);
      if (array.momentum_buffer) {
        direction += s.momentum * load(array.momentum_buffer + i, count);
        store(array.momentum_buffer + i, direction, count);
      }
      store(array.parameter + i, before - s.lr * direction, count);
    });
  });
}

/// What a step of Adagrad has in common for all parameters.
template <class T>
struct AdagradStep {
  T eps, weight_decay;
};

/// One of the parameters that it changes: n elements, their gradient, and the sum of its squares.
template <class T>
struct AdagradArray {
  Index n;
  const T* gradient;
  T* parameter;
  T* sum;       ///< of squares
  T step_size;  ///< lr / (1 + (step - 1) lr_decay), step being the number of this array's steps
};

/// One step of Adagrad as in torch.optim.Adagrad.
///
///     g = gradient + weight_decay p    sum += g^2    p -= step_size g / (sqrt(sum) + eps)
template <class T>
void adagrad(std::span<const AdagradArray<T>> arrays, const AdagradStep<T>& s) {
  each_piece<T>(arrays, 16, [&](const AdagradArray<T>& array, Index first, Index last) {
    detail::each_register<T>(first, last, [&](Index i, Index count) {
      const Vector<T> before = load(array.parameter + i, count);
      Vector<T> g = load(array.gradient + i, count);
      if (s.weight_decay != 0) g += s.weight_decay * before;  // 0 times infinity is NaN
      const Vector<T> sum = load(array.sum + i, count) + g * g;
      store(array.sum + i, sum, count);
      store(array.parameter + i, before - array.step_size * g / (sqrt<T>(sum) + s.eps), count);
    });
  });
}

}  // namespace latent::kernels
