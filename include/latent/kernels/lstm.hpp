#pragma once

#include "latent/kernels/recurrent.hpp"

namespace latent::kernels {

/// For every step, with a = x_t W_ih^T + b_ih + h_{t-1} W_hh^T + b_hh cut into four, gates in the order i f g o:
///
///     i, f, o = sigmoid(a_i, a_f, a_o)    g = tanh(a_g)    c_t = f c_{t-1} + i g    y_t = h_t = o tanh(c_t)
struct LstmCell {
  static constexpr Index gates = 4, saved = 4;                           ///< as kernels/recurrent.hpp has it
  static constexpr bool apart = false, has_cell = true, direct = false;  ///< likewise

  /// Gates, cell and output of one sequence in one step, from the sums a [4H].
  template <class T>
  static void forward(Index h, const T* a, const RecurrentStep<T>& step, T* y) {
    for (Index j = 0; j < h; j += lanes<T>) {
      const Index count = std::min(lanes<T>, h - j);
      const Vector<T> i = sigmoid<T>(load(a + j, count));
      const Vector<T> f = sigmoid<T>(load(a + h + j, count));
      const Vector<T> g = tanh<T>(load(a + 2 * h + j, count));
      const Vector<T> o = sigmoid<T>(load(a + 3 * h + j, count));
      store(step.gates + j, i, count);
      store(step.gates + h + j, f, count);
      store(step.gates + 2 * h + j, g, count);
      store(step.gates + 3 * h + j, o, count);
      const Vector<T> c = (step.c_before ? f * load(step.c_before + j, count) : Vector<T>{}) + i * g;
      store(step.cell + j, c, count);
      store(y + j, o * tanh<T>(c), count);
    }
  }

  /// Its derivative: da [4H] from dy and dh, the gradients of the output from above and from the next step, and dc,
  /// that of the cell, which becomes that of the cell before.
  template <class T>
  static void backward(Index h, const RecurrentStep<T>& step, const T* dy, const T* dh, T* dc, T* da) {
    const T* const gate = step.gates;
    for (Index j = 0; j < h; j += lanes<T>) {
      const Index count = std::min(lanes<T>, h - j);
      const Vector<T> i = load(gate + j, count);
      const Vector<T> f = load(gate + h + j, count);
      const Vector<T> g = load(gate + 2 * h + j, count);
      const Vector<T> o = load(gate + 3 * h + j, count);
      const Vector<T> tanh_c = tanh<T>(load(step.cell + j, count));
      const Vector<T> dh_t = load(dy + j, count) + load(dh + j, count);
      const Vector<T> dc_t = load(dc + j, count) + Tanh<T>::backward(dh_t * o, tanh_c);
      const Vector<T> c = step.c_before ? load(step.c_before + j, count) : Vector<T>{};
      store(da + j, Sigmoid<T>::backward(dc_t * g, i), count);
      store(da + h + j, Sigmoid<T>::backward(dc_t * c, f), count);
      store(da + 2 * h + j, Tanh<T>::backward(dc_t * i, g), count);
      store(da + 3 * h + j, Sigmoid<T>::backward(dh_t * tanh_c, o), count);
      store(dc + j, dc_t * f, count);
    }
  }
};

}  // namespace latent::kernels
