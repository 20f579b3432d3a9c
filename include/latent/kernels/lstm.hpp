#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/activation.hpp"
#include "latent/kernels/gemm.hpp"

namespace latent::kernels {

/// One LSTM layer over a batch of sequences.
struct LstmSizes {
  Index n, t, in, h;

  /// Elements of a row of LstmReserve::rows.
  Index row() const { return h + in + 1; }
};

/// x [N, T, In], weight_ih [4H, In], weight_hh [4H, H], gates in the order i f g o; biases [4H] may be null, and so
/// may the initial states [N, H], which are then zero.
template <class T>
struct LstmInputs {
  const T* x;
  const T* weight_ih;
  const T* weight_hh;
  const T* bias_ih;
  const T* bias_hh;
  const T* h0;
  const T* c0;
};

/// What the forward leaves for the backward (cuDNN's reserve space): step after step, so that what a step needs lies
/// together.
template <class T>
struct LstmReserve {
  T* rows;   ///< [T, N, H + In + 1]: the left operand of every step, h_{t-1}, x_t and 1
  T* cells;  ///< [T, N, H]
  T* gates;  ///< [T, N, 4H], after their activation
};

namespace detail {

/// Sequences that one task takes through all time steps, so that no thread waits for another between steps. Two tiles:
/// enough rows to read each panel of the weights for, and few enough that a batch of 64 has four tasks or more.
inline constexpr Index lstm_sequences = 2 * mr;

/// A matrix packed into memory of its own.
template <class T>
struct OwnedMatrix {
  memory::Scratch<T> storage;
  MatrixPacker<T> matrix;

  OwnedMatrix(Index rows, Index columns)
      : storage(PackedMatrix<T>::size(rows, columns)), matrix(rows, columns, storage.data()) {}
};

/// Row n of an initial state [N, H], null if that is null.
template <class T>
const T* initial_row(const T* state, Index n, Index h) {
  return state ? state + n * h : nullptr;
}

/// Gates, cell and output of one sequence in one step, from the sums a [4H].
template <class T>
void lstm_step(Index h, const T* a, const T* c_before, T* gate, T* cell, T* y) {
  for (Index j = 0; j < h; j += lanes<T>) {
    const Index count = std::min(lanes<T>, h - j);
    const Vector<T> i = sigmoid<T>(load(a + j, count));
    const Vector<T> f = sigmoid<T>(load(a + h + j, count));
    const Vector<T> g = tanh<T>(load(a + 2 * h + j, count));
    const Vector<T> o = sigmoid<T>(load(a + 3 * h + j, count));
    store(gate + j, i, count);
    store(gate + h + j, f, count);
    store(gate + 2 * h + j, g, count);
    store(gate + 3 * h + j, o, count);
    const Vector<T> c = (c_before ? f * load(c_before + j, count) : Vector<T>{}) + i * g;
    store(cell + j, c, count);
    store(y + j, o * tanh<T>(c), count);
  }
}

/// Its derivative: da [4H] from dy and dh, the gradients of the output from above and from the next step, and dc, that
/// of the cell, which becomes that of the cell before.
template <class T>
void lstm_step_backward(Index h, const T* gate, const T* cell, const T* c_before, const T* dy, const T* dh, T* dc,
                        T* da) {
  for (Index j = 0; j < h; j += lanes<T>) {
    const Index count = std::min(lanes<T>, h - j);
    const Vector<T> i = load(gate + j, count);
    const Vector<T> f = load(gate + h + j, count);
    const Vector<T> g = load(gate + 2 * h + j, count);
    const Vector<T> o = load(gate + 3 * h + j, count);
    const Vector<T> tanh_c = tanh<T>(load(cell + j, count));
    const Vector<T> dh_t = load(dy + j, count) + load(dh + j, count);
    const Vector<T> dc_t = load(dc + j, count) + Tanh<T>::backward(dh_t * o, tanh_c);
    const Vector<T> c = c_before ? load(c_before + j, count) : Vector<T>{};
    store(da + j, Sigmoid<T>::backward(dc_t * g, i), count);
    store(da + h + j, Sigmoid<T>::backward(dc_t * c, f), count);
    store(da + 2 * h + j, Tanh<T>::backward(dc_t * i, g), count);
    store(da + 3 * h + j, Sigmoid<T>::backward(dh_t * tanh_c, o), count);
    store(dc + j, dc_t * f, count);
  }
}

}  // namespace detail

/// For every step, with a = x_t W_ih^T + b_ih + h_{t-1} W_hh^T + b_hh cut into four:
///
///     i, f, o = sigmoid(a_i, a_f, a_o)    g = tanh(a_g)    c_t = f c_{t-1} + i g    y_t = h_t = o tanh(c_t)
///
/// Writes y [N, T, H] and the reserve. The four terms of a are one product, of [h_{t-1} x_t 1].
template <class T>
void lstm(const LstmSizes& s, const LstmInputs<T>& in, T* y, const LstmReserve<T>& reserve) {
  const Index width = 4 * s.h;
  const Index row = s.row();
  const memory::Scratch<T> bias(width);
  for (Index j = 0; j < width; ++j) bias[j] = (in.bias_ih ? in.bias_ih[j] : T(0)) + (in.bias_hh ? in.bias_hh[j] : T(0));
  detail::OwnedMatrix<T> weights(row, width);
  weights.matrix.append(MatrixView<T>{in.weight_hh, 1, s.h}, s.h);
  weights.matrix.append(MatrixView<T>{in.weight_ih, 1, s.in}, s.in);
  weights.matrix.append(MatrixView<T>{bias.data(), width}, 1);
  const memory::Scratch<Index> k_offsets(row);
  fill_offsets(k_offsets.data(), row, 1);

  parallel_pieces(s.n, detail::lstm_sequences, static_cast<double>(s.t * width * row), [&](Index first, Index last) {
    std::array<Index, detail::lstm_sequences> row_offsets, sum_offsets;
    fill_offsets(row_offsets.data(), last - first, row);
    fill_offsets(sum_offsets.data(), last - first, width);
    const memory::Scratch<T> sums((last - first) * width);
    for (Index t = 0; t < s.t; ++t) {
      T* const rows = reserve.rows + (t * s.n + first) * row;
      for (Index n = first; n < last; ++n) {
        T* const left = rows + (n - first) * row;
        if (const T* h = t > 0 ? y + (n * s.t + t - 1) * s.h : detail::initial_row(in.h0, n, s.h)) {
          std::copy_n(h, s.h, left);
        } else {
          std::fill_n(left, s.h, T(0));
        }
        std::copy_n(in.x + (n * s.t + t) * s.in, s.in, left + s.h);
        left[s.h + s.in] = T(1);
      }
      weights.matrix.multiply({rows, row_offsets.data(), k_offsets.data()}, last - first, {},
                              {sums.data(), sum_offsets.data()});
      for (Index n = first; n < last; ++n) {
        T* const cell = reserve.cells + (t * s.n + n) * s.h;
        const T* const c_before = t > 0 ? cell - s.n * s.h : detail::initial_row(in.c0, n, s.h);
        detail::lstm_step(s.h, sums.data() + (n - first) * width, c_before, reserve.gates + (t * s.n + n) * width, cell,
                          y + (n * s.t + t) * s.h);
      }
    }
  });
}

/// Upstream gradients; `dc_last` [N, H] may be null.
template <class T>
struct LstmUpstream {
  const T* dy;
  const T* dc_last;
};

/// Where gradients go, each of the shape of its input. Inputs may be one variable: they are written in this order.
template <class T>
struct LstmGradients {
  Target<T> x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh;
};

namespace detail {

/// Writes a few elements of a target, if it is wanted, on the calling thread.
template <class T>
void write(const Target<T>& to, Index offset, Index count, const T* from) {
  if (!to) return;
  T* const place = to.data + offset;
  if (to.mode == WriteMode::accumulate) {
    for (Index i = 0; i < count; ++i) place[i] += from[i];
  } else {
    std::copy_n(from, count, place);
  }
}

}  // namespace detail

/// Backpropagation through time.
template <class T>
void lstm_backward(const LstmSizes& s, const LstmInputs<T>& in, const LstmReserve<T>& reserve,
                   const LstmUpstream<T>& up, const LstmGradients<T>& d) {
  const Index width = 4 * s.h;
  const Index row = s.row();
  // Gradients before the activations, their rows an odd number of cache lines apart: their columns are read later,
  // and would all fall into the same few sets of the cache if the rows were a power of two apart.
  constexpr Index line = static_cast<Index>(memory::alignment / sizeof(T));
  const Index da_stride = ((width + line - 1) / line | 1) * line;
  const memory::Scratch<T> da(s.n * s.t * da_stride);
  detail::OwnedMatrix<T> to_h(width, s.h), to_x(width, d.x ? s.in : 0);
  to_h.matrix.append(MatrixView<T>{in.weight_hh, s.h}, width);
  to_x.matrix.append(MatrixView<T>{in.weight_ih, s.in}, width);
  const memory::Scratch<Index> k_offsets(width);
  fill_offsets(k_offsets.data(), width, 1);

  const double work = static_cast<double>(s.t * width * (s.h + (d.x ? s.in : 0)));
  parallel_pieces(s.n, detail::lstm_sequences, work, [&](Index first, Index last) {
    std::array<Index, detail::lstm_sequences> da_offsets, h_offsets, x_offsets;
    fill_offsets(da_offsets.data(), last - first, da_stride);
    fill_offsets(h_offsets.data(), last - first, s.h);
    fill_offsets(x_offsets.data(), last - first, s.t * s.in);
    const Index states = (last - first) * s.h;
    const memory::Scratch<T> dh(states), dc(states);
    std::fill_n(dh.data(), states, T(0));
    if (up.dc_last) {
      std::copy_n(up.dc_last + first * s.h, states, dc.data());
    } else {
      std::fill_n(dc.data(), states, T(0));
    }
    for (Index t = s.t - 1; t >= 0; --t) {
      for (Index n = first; n < last; ++n) {
        const T* cell = reserve.cells + (t * s.n + n) * s.h;
        const T* c_before = t > 0 ? cell - s.n * s.h : detail::initial_row(in.c0, n, s.h);
        const Index state = (n - first) * s.h;
        detail::lstm_step_backward<T>(s.h, reserve.gates + (t * s.n + n) * width, cell, c_before,
                                      up.dy + (n * s.t + t) * s.h, dh.data() + state, dc.data() + state,
                                      da.data() + (t * s.n + n) * da_stride);
      }
      const IndirectOperand<T> da_t{da.data() + (t * s.n + first) * da_stride, da_offsets.data(), k_offsets.data()};
      to_h.matrix.multiply(da_t, last - first, {}, {dh.data(), h_offsets.data()});
      if (d.x)
        to_x.matrix.multiply(da_t, last - first, {d.x.mode}, {d.x.data + (first * s.t + t) * s.in, x_offsets.data()});
    }
    detail::write<T>(d.h0, first * s.h, states, dh.data());
    detail::write<T>(d.c0, first * s.h, states, dc.data());
  });

  // The gradients of all parameters are one product too.
  const memory::Scratch<T> sums(width * row);
  gemm(width, row, s.n * s.t, MatrixView<T>{da.data(), da_stride}.transposed(), MatrixView<T>{reserve.rows, row},
       sums.data(), row);
  for (Index j = 0; j < width; ++j) {
    const T* const sum = sums.data() + j * row;
    detail::write(d.weight_ih, j * s.in, s.in, sum + s.h);
    detail::write(d.weight_hh, j * s.h, s.h, sum);
    detail::write(d.bias_ih, j, 1, sum + s.h + s.in);
    detail::write(d.bias_hh, j, 1, sum + s.h + s.in);
  }
}

}  // namespace latent::kernels
