#pragma once

#include <span>

#include "latent/kernels/elementwise.hpp"

namespace latent::kernels {

template <class T>
struct AdamStep {
  T rest1;         ///< 1 - beta1
  T beta2, rest2;  ///< beta2, 1 - beta2
  T eps;
  T weight_decay;  ///< times the parameter is added to the gradient
  T shrink;        ///< the parameter is multiplied by this (AdamW)
};

/// One of the arrays that a step changes: n parameters, their gradient, and what the optimizer remembers of them.
template <class T>
struct OptimizedArray {
  Index n;
  const T* gradient;
  T* parameter;
  T* first = nullptr;
  T* second = nullptr;
  T rate = 0;           ///< for Adam: lr / (1 - beta1^step), step being the number of this array's steps
  T root_scale = 0;     ///< for Adam: 1 / sqrt(1 - beta2^step)
  bool begins = false;  ///< for SGD: nothing is remembered yet
};

/// Calls f(array, first, last) for the pieces of all arrays, which may be many and small. A task has the same part of
/// each array, so that a thread meets the parameters whose gradients it computed.
template <class T, class F>
void each_piece(std::span<const OptimizedArray<T>> arrays, double work, F f) {
  Index total = 0;
  for (const auto& array : arrays) total += array.n;
  const Index tasks = std::clamp<Index>(total / elementwise_piece, 1, 64);
  parallel_for(tasks, work * static_cast<double>(total) / static_cast<double>(tasks), [&](Index task) {
    for (const auto& array : arrays) {
      const auto part = [&](Index number) { return array.n * number / tasks / lanes<T> * lanes<T>; };
      const Index last = task + 1 == tasks ? array.n : part(task + 1);
      if (part(task) < last) f(array, part(task), last);
    }
  });
}

/// One step of Adam (Kingma and Ba, 2015) in the order of operations of torch.optim.Adam; m and v are its moments.
///
///     g = gradient + weight_decay p    m += (1 - beta1) (g - m)    v = beta2 v + (1 - beta2) g^2
///     p = shrink p - rate m / (sqrt(v) root_scale + eps)
template <class T>
void adam(std::span<const OptimizedArray<T>> arrays, const AdamStep<T>& step) {
  const bool decays = step.weight_decay != 0 || step.shrink != 1;
  each_piece(arrays, 16, [s = step, decays](const OptimizedArray<T>& array, Index first, Index last) {
    const auto update = [&](auto decay, Index i, Index count) {
      T *const p = array.parameter + i, *const m = array.first + i, *const v = array.second + i;
      Vector<T> before = load(p, count);
      Vector<T> g = load(array.gradient + i, count);
      if constexpr (decay) g += s.weight_decay * before;
      if constexpr (decay) before *= s.shrink;
      const Vector<T> m_before = load(m, count);
      const Vector<T> moment1 = m_before + s.rest1 * (g - m_before);
      const Vector<T> moment2 = s.beta2 * load(v, count) + s.rest2 * g * g;
      store(m, moment1, count);
      store(v, moment2, count);
      store(p, before - array.rate * moment1 / (detail::sqrt_normal<T>(moment2) * array.root_scale + s.eps), count);
    };
    const auto run = [&](auto decay) {
      Index i = first;
      for (; i + lanes<T> <= last; i += lanes<T>) update(decay, i, lanes<T>);
      if (i < last) update(decay, i, last - i);
    };
    decays ? run(std::true_type{}) : run(std::false_type{});
  });
}

template <class T>
struct SgdStep {
  T lr, momentum, dampening, weight_decay;
  bool nesterov;
};

/// One step of stochastic gradient descent as in torch.optim.SGD. The velocity is remembered first, and may be null
/// without momentum.
///
///     g = gradient + weight_decay p    velocity = momentum velocity + (1 - dampening) g
///     p -= lr (velocity, or g + momentum velocity with Nesterov)
template <class T>
void sgd(std::span<const OptimizedArray<T>> arrays, const SgdStep<T>& s) {
  each_piece(arrays, 6, [&](const OptimizedArray<T>& array, Index first, Index last) {
    auto parameter = piece(array.parameter, first, last);
    const auto g = piece(array.gradient, first, last) + s.weight_decay * parameter;
    if (!array.first) {
      parameter -= s.lr * g;
      return;
    }
    auto speed = piece(array.first, first, last);
    if (array.begins) {
      speed = g;
    } else {
      speed = s.momentum * speed + (T(1) - s.dampening) * g;
    }
    if (s.nesterov) {
      parameter -= s.lr * (g + s.momentum * speed);
    } else {
      parameter -= s.lr * speed;
    }
  });
}

}  // namespace latent::kernels
