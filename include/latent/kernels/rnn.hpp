#pragma once

#include "latent/kernels/recurrent.hpp"

namespace latent::kernels {

/// For every step y_t = h_t = activation(x_t W_ih^T + b_ih + h_{t-1} W_hh^T + b_hh).
struct RnnCell {
  static constexpr Index gates = 1, saved = 1;                            ///< as kernels/recurrent.hpp has it
  static constexpr bool apart = false, has_cell = false, direct = false;  ///< likewise

  Activation activation = Activation::tanh;

  /// The output of one sequence in one step, from the sums a [H].
  template <class T>
  void forward(Index h, const T* a, const RecurrentStep<T>& step, T* y) const {
    std::copy_n(a, h, y);
    activate(activation, y, h);
    std::copy_n(y, h, step.gates);
  }

  /// Its derivative: da [H] from dy and dh, the gradients of the output from above and from the next step.
  template <class T>
  void backward(Index h, const RecurrentStep<T>& step, const T* dy, T* dh, T*, T* da) const {
    for (Index j = 0; j < h; ++j) dh[j] += dy[j];
    activation_backward<T>(activation, h, dh, step.gates, da);
  }
};

}  // namespace latent::kernels
