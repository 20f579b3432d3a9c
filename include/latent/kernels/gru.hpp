#pragma once

#include "latent/kernels/recurrent.hpp"

namespace latent::kernels {

/// For every step, with u = x_t W_ih^T + b_ih and v = h_{t-1} W_hh^T + b_hh cut into three, gates in the order r z n:
///
///     r, z = sigmoid(u_r + v_r, u_z + v_z)    n = tanh(u_n + r v_n)    y_t = h_t = n + z (h_{t-1} - n)
struct GruCell {
  static constexpr Index gates = 3, saved = 4;                          ///< as kernels/recurrent.hpp has it
  static constexpr bool apart = true, has_cell = false, direct = true;  ///< likewise

  /// Gates and output of one sequence in one step, from the sums a [4H]: u_r + v_r, u_z + v_z, u_n, v_n.
  template <class T>
  static void forward(Index h, const T* a, const RecurrentStep<T>& step, T* y) {
    for (Index j = 0; j < h; j += lanes<T>) {
      const Index count = std::min(lanes<T>, h - j);
      const Vector<T> r = sigmoid<T>(load(a + j, count));
      const Vector<T> z = sigmoid<T>(load(a + h + j, count));
      const Vector<T> v = load(a + 3 * h + j, count);
      const Vector<T> n = tanh<T>(load(a + 2 * h + j, count) + r * v);
      store(step.gates + j, r, count);
      store(step.gates + h + j, z, count);
      store(step.gates + 2 * h + j, n, count);
      store(step.gates + 3 * h + j, v, count);
      store(y + j, n + z * (load(step.h_before + j, count) - n), count);
    }
  }

  /// Its derivative: da [4H] from dy and dh, the gradients of the output from above and from the next step. dh becomes
  /// what of it reaches the state before directly.
  template <class T>
  static void backward(Index h, const RecurrentStep<T>& step, const T* dy, T* dh, T*, T* da) {
    const T* const gate = step.gates;
    for (Index j = 0; j < h; j += lanes<T>) {
      const Index count = std::min(lanes<T>, h - j);
      const Vector<T> r = load(gate + j, count);
      const Vector<T> z = load(gate + h + j, count);
      const Vector<T> n = load(gate + 2 * h + j, count);
      const Vector<T> v = load(gate + 3 * h + j, count);
      const Vector<T> dh_t = load(dy + j, count) + load(dh + j, count);
      const Vector<T> passed = dh_t * z;
      const Vector<T> da_n = Tanh<T>::backward(dh_t - passed, n);
      store(da + j, Sigmoid<T>::backward(da_n * v, r), count);
      store(da + h + j, Sigmoid<T>::backward(dh_t * (load(step.h_before + j, count) - n), z), count);
      store(da + 2 * h + j, da_n, count);
      store(da + 3 * h + j, da_n * r, count);
      store(dh + j, passed, count);
    }
  }
};

}  // namespace latent::kernels
