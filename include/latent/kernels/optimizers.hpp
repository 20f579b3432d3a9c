#pragma once

#include "latent/kernels/elementwise.hpp"

namespace latent::kernels {

template <class T>
struct AdamStep {
  T rate;              ///< lr / (1 - beta1^step)
  T rest1;             ///< 1 - beta1
  T beta2, rest2;      ///< beta2, 1 - beta2
  T root_scale;        ///< 1 / sqrt(1 - beta2^step)
  T eps;
  T weight_decay;  ///< times the parameter is added to the gradient
  T shrink;        ///< the parameter is multiplied by this (AdamW)
};

/// One step of Adam (Kingma and Ba, 2015) in the order of operations of torch.optim.Adam; m and v are its moments.
///
///     g = gradient + weight_decay p    m += (1 - beta1) (g - m)    v = beta2 v + (1 - beta2) g^2
///     p = shrink p - rate m / (sqrt(v) root_scale + eps)
template <class T>
void adam(Index n, const AdamStep<T>& s, const T* gradient, T* p, T* m, T* v) {
  parallel_pieces(n, elementwise_piece, 16, [&](Index first, Index last) {
    for (Index i = first; i < last; i += lanes<T>) {
      const Index count = std::min(lanes<T>, last - i);
      const Vector<T> before = load(p + i, count);
      const Vector<T> g = load(gradient + i, count) + s.weight_decay * before;
      const Vector<T> moment1 = load(m + i, count) + s.rest1 * (g - load(m + i, count));
      const Vector<T> moment2 = s.beta2 * load(v + i, count) + s.rest2 * g * g;
      store(m + i, moment1, count);
      store(v + i, moment2, count);
      store(p + i, s.shrink * before - s.rate * moment1 / (detail::sqrt_normal<T>(moment2) * s.root_scale + s.eps), count);
    }
  });
}

template <class T>
struct SgdStep {
  T lr, momentum, dampening, weight_decay;
  bool nesterov;
  bool first;  ///< the velocity begins as the gradient
};

/// One step of stochastic gradient descent as in torch.optim.SGD. `velocity` may be null without momentum.
///
///     g = gradient + weight_decay p    velocity = momentum velocity + (1 - dampening) g
///     p -= lr (velocity, or g + momentum velocity with Nesterov)
template <class T>
void sgd(Index n, const SgdStep<T>& s, const T* gradient, T* p, T* velocity) {
  parallel_pieces(n, elementwise_piece, 6, [&](Index first, Index last) {
    auto parameter = piece(p, first, last);
    const auto g = piece(gradient, first, last) + s.weight_decay * parameter;
    if (!velocity) {
      parameter -= s.lr * g;
      return;
    }
    auto speed = piece(velocity, first, last);
    if (s.first) {
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
