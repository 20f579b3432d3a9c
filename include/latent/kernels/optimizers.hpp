#pragma once

#include "latent/kernels/elementwise.hpp"

namespace latent::kernels {

// g++ 12 warns of its own AVX-512 header where Eigen takes a square root.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

template <class T>
struct AdamStep {
  T rate;              ///< lr / (1 - beta1^step)
  T rest1;             ///< 1 - beta1
  T beta2, rest2;      ///< beta2, 1 - beta2
  T root_correction2;  ///< sqrt(1 - beta2^step)
  T eps;
  T weight_decay;  ///< times the parameter is added to the gradient
  T shrink;        ///< the parameter is multiplied by this (AdamW)
};

/// One step of Adam (Kingma and Ba, 2015) in the order of operations of torch.optim.Adam; m and v are its moments.
///
///     g = gradient + weight_decay p    m += (1 - beta1) (g - m)    v = beta2 v + (1 - beta2) g^2
///     p = shrink p - rate m / (sqrt(v) / root_correction2 + eps)
template <class T>
void adam(Index n, const AdamStep<T>& s, const T* gradient, T* p, T* m, T* v) {
  parallel_pieces(n, elementwise_piece, 12, [&](Index first, Index last) {
    auto parameter = piece(p, first, last);
    auto moment1 = piece(m, first, last);
    auto moment2 = piece(v, first, last);
    const auto g = piece(gradient, first, last) + s.weight_decay * parameter;
    moment1 += s.rest1 * (g - moment1);
    moment2 = s.beta2 * moment2 + s.rest2 * g.square();
    parameter = s.shrink * parameter - s.rate * moment1 / (moment2.sqrt() / s.root_correction2 + s.eps);
  });
}

#pragma GCC diagnostic pop

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
