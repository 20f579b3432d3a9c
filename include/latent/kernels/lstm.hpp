#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/elementwise.hpp"
#include "latent/kernels/gemm.hpp"

namespace latent::kernels {

/// One LSTM layer over a batch of sequences.
struct LstmSizes {
  Index n, t, in, h;
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

/// What the forward leaves for the backward: step after step, so that what a step needs lies together.
template <class T>
struct LstmRecord {
  T* rows;   ///< [T, N, H + In + 1]: the left operand of every step, h_{t-1}, x_t and 1
  T* cells;  ///< [T, N, H]
  T* gates;  ///< [T, N, 4H], after their activation
};

/// Numbers in a row of LstmRecord::rows.
inline Index lstm_row(const LstmSizes& s) { return s.h + s.in + 1; }

namespace detail {

/// Sequences that one task takes through all time steps, so that no thread waits for another between steps.
inline constexpr Index lstm_sequences = 2 * tile_rows;

/// The right operand of a product that is repeated, all its panels packed: matrices below each other.
template <class T>
class PackedMatrix {
 public:
  PackedMatrix(Index rows, Index columns)
      : rows_(rows),
        columns_(columns),
        panels_((columns + panel_columns<T> - 1) / panel_columns<T>),
        data_(panels_ * rows * panel_columns<T>),
        steps_(rows) {
    fill_steps(steps_.data(), rows, 1);
  }

  /// Packs `rows` rows of b behind those that are packed already.
  void append(const MatrixIn<T>& b, Index rows) {
    parallel_for(panels_, static_cast<double>(rows * panel_columns<T>), [&](Index p) {
      pack_panel(b, 0, rows, p * panel_columns<T>, columns_of(p), panel(p) + packed_ * panel_width<T>(columns_of(p)));
    });
    packed_ += rows;
  }

  /// c (+)= a b on the calling thread, for the rows of a and c that begin at the given offsets
  void multiply(const T* a, const Index* a_rows, Index rows, Into into, T* c, const Index* c_rows) const {
    for (Index p = 0; p < panels_; ++p)
      kernels::multiply(LeftOperand<T>{a, a_rows, steps_.data()}, rows, rows_, panel(p), columns_of(p), {into},
                        Results<T>{c + p * panel_columns<T>, c_rows});
  }

 private:
  T* panel(Index p) const { return data_.data() + p * rows_ * panel_columns<T>; }
  Index columns_of(Index p) const { return std::min(panel_columns<T>, columns_ - p * panel_columns<T>); }

  Index rows_, columns_, panels_, packed_ = 0;
  memory::Scratch<T> data_;
  memory::Scratch<Index> steps_;
};

}  // namespace detail

/// For every step, with a = x_t W_ih^T + b_ih + h_{t-1} W_hh^T + b_hh cut into four:
///
///     i, f, o = sigmoid(a_i, a_f, a_o)    g = tanh(a_g)    c_t = f c_{t-1} + i g    y_t = h_t = o tanh(c_t)
///
/// Writes y [N, T, H] and the record. The four terms of a are one product, of [h_{t-1} x_t 1].
template <class T>
void lstm(const LstmSizes& s, const LstmInputs<T>& in, T* y, const LstmRecord<T>& record) {
  const Index width = 4 * s.h;
  const Index row = lstm_row(s);
  const memory::Scratch<T> bias(width);
  for (Index j = 0; j < width; ++j) bias[j] = (in.bias_ih ? in.bias_ih[j] : T(0)) + (in.bias_hh ? in.bias_hh[j] : T(0));
  detail::PackedMatrix<T> weights(row, width);
  weights.append(MatrixIn<T>{in.weight_hh, 1, s.h}, s.h);
  weights.append(MatrixIn<T>{in.weight_ih, 1, s.in}, s.in);
  weights.append(MatrixIn<T>{bias.data(), width}, 1);

  parallel_pieces(s.n, detail::lstm_sequences, static_cast<double>(s.t * width * row), [&](Index first, Index last) {
    std::array<Index, detail::lstm_sequences> left, right;
    detail::fill_steps(left.data(), last - first, row);
    detail::fill_steps(right.data(), last - first, width);
    const memory::Scratch<T> sums((last - first) * width);
    for (Index t = 0; t < s.t; ++t) {
      T* const rows = record.rows + (t * s.n + first) * row;
      for (Index n = first; n < last; ++n) {
        T* const h = rows + (n - first) * row;
        const T* before = t > 0 ? y + (n * s.t + t - 1) * s.h : in.h0 ? in.h0 + n * s.h : nullptr;
        if (before) {
          std::copy_n(before, s.h, h);
        } else {
          std::fill_n(h, s.h, T(0));
        }
        std::copy_n(in.x + (n * s.t + t) * s.in, s.in, h + s.h);
        h[s.h + s.in] = T(1);
      }
      weights.multiply(rows, left.data(), last - first, Into::overwrite, sums.data(), right.data());
      for (Index n = first; n < last; ++n) {
        const T* sum = sums.data() + (n - first) * width;
        T* gate = record.gates + (t * s.n + n) * width;
        T* cell = record.cells + (t * s.n + n) * s.h;
        const T* before = t > 0 ? cell - s.n * s.h : in.c0 ? in.c0 + n * s.h : nullptr;
        for (Index j = 0; j < s.h; j += lanes<T>) {
          const Index count = std::min(lanes<T>, s.h - j);
          const Vector<T> i = sigmoid<T>(load(sum + j, count));
          const Vector<T> f = sigmoid<T>(load(sum + s.h + j, count));
          const Vector<T> g = tanh<T>(load(sum + 2 * s.h + j, count));
          const Vector<T> o = sigmoid<T>(load(sum + 3 * s.h + j, count));
          store(gate + j, i, count);
          store(gate + s.h + j, f, count);
          store(gate + 2 * s.h + j, g, count);
          store(gate + 3 * s.h + j, o, count);
          const Vector<T> c = (before ? f * load(before + j, count) : Vector<T>{}) + i * g;
          store(cell + j, c, count);
          store(y + (n * s.t + t) * s.h + j, o * tanh<T>(c), count);
        }
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

/// Where gradients go, each of the shape of its input; null where none is wanted. All but x are added to.
template <class T>
struct LstmGradients {
  T* x;
  Into x_into;
  T* weight_ih;
  T* weight_hh;
  T* bias_ih;
  T* bias_hh;
  T* h0;
  T* c0;
};

/// Backpropagation through time.
template <class T>
void lstm_backward(const LstmSizes& s, const LstmInputs<T>& in, const LstmRecord<T>& record, const LstmUpstream<T>& up,
                   const LstmGradients<T>& d) {
  const Index width = 4 * s.h;
  const Index row = lstm_row(s);
  // Gradients before the activations, their rows an odd number of cache lines apart: their columns are read later,
  // and would all fall into the same few sets of the cache if the rows were a power of two apart.
  constexpr Index line = static_cast<Index>(memory::alignment / sizeof(T));
  const Index dgate_step = ((width + line - 1) / line | 1) * line;
  const memory::Scratch<T> dgates(s.n * s.t * dgate_step);
  detail::PackedMatrix<T> to_h(width, s.h);
  detail::PackedMatrix<T> to_x(width, d.x ? s.in : 0);
  to_h.append(MatrixIn<T>{in.weight_hh, s.h}, width);
  to_x.append(MatrixIn<T>{in.weight_ih, s.in}, width);

  const double work = static_cast<double>(s.t * width * (s.h + (d.x ? s.in : 0)));
  parallel_pieces(s.n, detail::lstm_sequences, work, [&](Index first, Index last) {
    std::array<Index, detail::lstm_sequences> gate_rows, h_rows, x_rows;
    detail::fill_steps(gate_rows.data(), last - first, dgate_step);
    detail::fill_steps(h_rows.data(), last - first, s.h);
    detail::fill_steps(x_rows.data(), last - first, s.t * s.in);
    const memory::Scratch<T> dh((last - first) * s.h);
    const memory::Scratch<T> dc((last - first) * s.h);
    std::fill_n(dh.data(), (last - first) * s.h, T(0));
    if (up.dc_last) {
      std::copy_n(up.dc_last + first * s.h, (last - first) * s.h, dc.data());
    } else {
      std::fill_n(dc.data(), (last - first) * s.h, T(0));
    }
    for (Index t = s.t - 1; t >= 0; --t) {
      for (Index n = first; n < last; ++n) {
        const T* gate = record.gates + (t * s.n + n) * width;
        const T* cell = record.cells + (t * s.n + n) * s.h;
        const T* before = t > 0 ? cell - s.n * s.h : in.c0 ? in.c0 + n * s.h : nullptr;
        T* dgate = dgates.data() + (t * s.n + n) * dgate_step;
        for (Index j = 0; j < s.h; j += lanes<T>) {
          const Index count = std::min(lanes<T>, s.h - j);
          const Vector<T> i = load(gate + j, count);
          const Vector<T> f = load(gate + s.h + j, count);
          const Vector<T> g = load(gate + 2 * s.h + j, count);
          const Vector<T> o = load(gate + 3 * s.h + j, count);
          const Vector<T> tanh_c = tanh<T>(load(cell + j, count));
          const Vector<T> dh_t =
              load(up.dy + (n * s.t + t) * s.h + j, count) + load(dh.data() + (n - first) * s.h + j, count);
          T* const dc_place = dc.data() + (n - first) * s.h + j;
          const Vector<T> dc_t = load(dc_place, count) + dh_t * o * (T(1) - tanh_c * tanh_c);
          const Vector<T> c_before = before ? load(before + j, count) : Vector<T>{};
          store(dgate + j, dc_t * g * i * (T(1) - i), count);
          store(dgate + s.h + j, dc_t * c_before * f * (T(1) - f), count);
          store(dgate + 2 * s.h + j, dc_t * i * (T(1) - g * g), count);
          store(dgate + 3 * s.h + j, dh_t * tanh_c * o * (T(1) - o), count);
          store(dc_place, dc_t * f, count);
        }
      }
      const T* step = dgates.data() + (t * s.n + first) * dgate_step;
      to_h.multiply(step, gate_rows.data(), last - first, Into::overwrite, dh.data(), h_rows.data());
      if (d.x)
        to_x.multiply(step, gate_rows.data(), last - first, d.x_into, d.x + (first * s.t + t) * s.in, x_rows.data());
    }
    if (d.h0) piece(d.h0, first * s.h, last * s.h) += piece(dh.data(), 0, (last - first) * s.h);
    if (d.c0) piece(d.c0, first * s.h, last * s.h) += piece(dc.data(), 0, (last - first) * s.h);
  });

  // The gradients of all parameters are one product too.
  const memory::Scratch<T> sums(width * row);
  gemm(width, row, s.n * s.t, MatrixIn<T>{dgates.data(), dgate_step}.transposed(), MatrixIn<T>{record.rows, row},
       sums.data(), row);
  for (Index j = 0; j < width; ++j) {
    const T* sum = sums.data() + j * row;
    if (d.weight_hh) piece(d.weight_hh, j * s.h, (j + 1) * s.h) += piece(sum, 0, s.h);
    if (d.weight_ih) piece(d.weight_ih, j * s.in, (j + 1) * s.in) += piece(sum, s.h, s.h + s.in);
    if (d.bias_ih) d.bias_ih[j] += sum[s.h + s.in];
    if (d.bias_hh) d.bias_hh[j] += sum[s.h + s.in];
  }
}

}  // namespace latent::kernels
