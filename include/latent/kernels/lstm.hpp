#pragma once

#include "latent/kernels/math.hpp"
#include "latent/kernels/reduce.hpp"
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

namespace detail {

/// Sequences that one task takes through all time steps, so that no thread waits for another between steps.
inline constexpr Index lstm_rows = 2 * tile_rows;

/// The right operand [rows, columns] of a product that is repeated, all its panels packed.
template <class T>
class PackedMatrix {
 public:
  PackedMatrix(const MatrixIn<T>& b, Index rows, Index columns)
      : rows_(rows), columns_(columns), panels_((columns + panel_columns<T> - 1) / panel_columns<T>),
        data_(panels_ * rows * panel_columns<T>) {
    parallel_for(panels_, static_cast<double>(rows * panel_columns<T>), [&](Index p) {
      pack_panel(b, 0, rows, p * panel_columns<T>, std::min(panel_columns<T>, columns - p * panel_columns<T>), panel(p));
    });
  }

  /// c (+)= a b on the calling thread    a [m, rows]
  void multiply(const MatrixIn<T>& a, Index m, T* c, Index c_step, Into into) const {
    for (Index p = 0; p < panels_; ++p) {
      const Index j = p * panel_columns<T>;
      multiply_panel(a, m, rows_, panel(p), std::min(panel_columns<T>, columns_ - j),
                     static_cast<const T*>(nullptr), c + j, c_step, into);
    }
  }

 private:
  T* panel(Index p) const { return data_.data() + p * rows_ * panel_columns<T>; }

  Index rows_, columns_, panels_;
  memory::Scratch<T> data_;
};

}  // namespace detail

/// For every step, with a = x_t W_ih^T + b_ih + h_{t-1} W_hh^T + b_hh cut into four:
///
///     i, f, o = sigmoid(a_i, a_f, a_o)    g = tanh(a_g)    c_t = f c_{t-1} + i g    y_t = h_t = o tanh(c_t)
///
/// Writes y and cells [N, T, H], and gates [N, T, 4H] as they are after their activation.
template <class T>
void lstm(const LstmSizes& s, const LstmInputs<T>& in, T* y, T* cells, T* gates) {
  const Index width = 4 * s.h;
  gemm(s.n * s.t, width, s.in, MatrixIn<T>{in.x, s.in}, MatrixIn<T>{in.weight_ih, 1, s.in}, gates, width,
       Into::overwrite);
  const memory::Scratch<T> bias(width);
  for (Index j = 0; j < width; ++j) bias[j] = (in.bias_ih ? in.bias_ih[j] : T(0)) + (in.bias_hh ? in.bias_hh[j] : T(0));
  const detail::PackedMatrix<T> recurrent(MatrixIn<T>{in.weight_hh, 1, s.h}, s.h, width);

  parallel_pieces(s.n, detail::lstm_rows, static_cast<double>(s.t * width * s.h), [&](Index first, Index last) {
    for (Index t = 0; t < s.t; ++t) {
      if (t > 0 || in.h0) {
        const MatrixIn<T> previous = t > 0 ? MatrixIn<T>{y + (first * s.t + t - 1) * s.h, s.t * s.h}
                                           : MatrixIn<T>{in.h0 + first * s.h, s.h};
        recurrent.multiply(previous, last - first, gates + (first * s.t + t) * width, s.t * width, Into::accumulate);
      }
      for (Index n = first; n < last; ++n) {
        T* gate = gates + (n * s.t + t) * width;
        T* cell = cells + (n * s.t + t) * s.h;
        const T* before = t > 0 ? cell - s.h : in.c0 ? in.c0 + n * s.h : nullptr;
        for (Index j = 0; j < s.h; j += lanes<T>) {
          const Index count = std::min(lanes<T>, s.h - j);
          const auto before_activation = [&](Index number) {
            return load(gate + number * s.h + j, count) + load(bias.data() + number * s.h + j, count);
          };
          const Vector<T> i = sigmoid<T>(before_activation(0));
          const Vector<T> f = sigmoid<T>(before_activation(1));
          const Vector<T> g = tanh<T>(before_activation(2));
          const Vector<T> o = sigmoid<T>(before_activation(3));
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

/// Upstream gradients and what was computed forward; `dc_last` [N, H] may be null.
template <class T>
struct LstmUpstream {
  const T* dy;
  const T* dc_last;
  const T* y;
  const T* cells;
  const T* gates;
};

/// Where gradients are added to, each of the shape of its input; null where none is wanted.
template <class T>
struct LstmGradients {
  T* x;
  T* weight_ih;
  T* weight_hh;
  T* bias_ih;
  T* bias_hh;
  T* h0;
  T* c0;
};

/// Backpropagation through time. `dgates` [N, T, 4H] is working space: the gradients before the activations.
template <class T>
void lstm_backward(const LstmSizes& s, const LstmInputs<T>& in, const LstmUpstream<T>& up, T* dgates,
                   const LstmGradients<T>& d) {
  const Index width = 4 * s.h;
  const detail::PackedMatrix<T> recurrent(MatrixIn<T>{in.weight_hh, s.h}, width, s.h);

  parallel_pieces(s.n, detail::lstm_rows, static_cast<double>(s.t * width * s.h), [&](Index first, Index last) {
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
        const T* gate = up.gates + (n * s.t + t) * width;
        const T* cell = up.cells + (n * s.t + t) * s.h;
        const T* before = t > 0 ? cell - s.h : in.c0 ? in.c0 + n * s.h : nullptr;
        T* dgate = dgates + (n * s.t + t) * width;
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
      recurrent.multiply(MatrixIn<T>{dgates + (first * s.t + t) * width, s.t * width}, last - first, dh.data(), s.h,
                         Into::overwrite);
    }
    if (d.h0) piece(d.h0, first * s.h, last * s.h) += piece(dh.data(), 0, (last - first) * s.h);
    if (d.c0) piece(d.c0, first * s.h, last * s.h) += piece(dc.data(), 0, (last - first) * s.h);
  });

  const Index steps = s.n * s.t;
  const MatrixIn<T> dgate{dgates, width};
  if (d.x) gemm(steps, s.in, width, dgate, MatrixIn<T>{in.weight_ih, s.in}, d.x, s.in, Into::accumulate);
  if (d.weight_ih)
    gemm(width, s.in, steps, dgate.transposed(), MatrixIn<T>{in.x, s.in}, d.weight_ih, s.in, Into::accumulate);
  if (d.weight_hh) {
    const memory::Scratch<T> previous(steps * s.h);  // y one step earlier
    for (Index n = 0; n < s.n; ++n) {
      T* to = previous.data() + n * s.t * s.h;
      if (in.h0) {
        std::copy_n(in.h0 + n * s.h, s.h, to);
      } else {
        std::fill_n(to, s.h, T(0));
      }
      std::copy_n(up.y + n * s.t * s.h, (s.t - 1) * s.h, to + s.h);
    }
    gemm(width, s.h, steps, dgate.transposed(), MatrixIn<T>{previous.data(), s.h}, d.weight_hh, s.h, Into::accumulate);
  }
  if (d.bias_ih) add_column_sums(steps, width, dgates, d.bias_ih);
  if (d.bias_hh) add_column_sums(steps, width, dgates, d.bias_hh);
}

}  // namespace latent::kernels
