#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/gemm.hpp"
#include "latent/kernels/packed_weights.hpp"

/// What recurrent layers have in common: the loops over time around a cell, which computes one step of one sequence.
/// A cell is a struct with
///
///     gates       G, what the rows of its weights are divided by: G H
///     apart       whether the last gate takes the sums over the input and over the state one by one
///     saved       values for each of the H units that its backward needs
///     has_cell    whether it has a state besides h (c of an LSTM)
///     direct      whether h passes on to the next step directly too
///     forward, backward
namespace latent::kernels {

/// One recurrent layer over a batch of sequences.
struct RecurrentSizes {
  Index n, t, in, h;

  /// Elements of a row of RecurrentReserve::rows.
  Index row() const { return h + in + 1; }
};

/// x [N, T, In], weight_ih [G H, In], weight_hh [G H, H]; biases [G H] may be null, and so may the initial states
/// [N, H], which are then zero.
template <class T>
struct RecurrentInputs {
  const T* x;
  const T* weight_ih;
  const T* weight_hh;
  const T* bias_ih;
  const T* bias_hh;
  const T* h0;
  const T* c0;
};

/// Sequences of unequal length in the order in which they are computed, as in PyTorch's PackedSequence: longest first,
/// so that those that still run at a step are the first of all.
struct PackedSequences {
  const Index* order;    ///< [N]: which sequence stands at each place
  const Index* lengths;  ///< [N]: its steps
  const Index* starts;   ///< [T + 1]: rows of the reserve before each step, and all rows
  bool reverse;          ///< from the last step of each sequence to its first

  /// A view of `table`, which pack_sequences has filled.
  PackedSequences(Index n, const Index* table, bool backwards)
      : order(table), lengths(table + n), starts(table + 2 * n), reverse(backwards) {}

  static Index table_size(Index n, Index t) { return 2 * n + t + 1; }

  /// Sequences that still run at a step, counted from 0.
  Index running(Index step) const { return starts[step + 1] - starts[step]; }

  /// Which row of x and y [N T] the step of the sequence at a place has.
  Index row(Index place, Index step, Index t) const {
    return order[place] * t + (reverse ? lengths[place] - 1 - step : step);
  }
};

/// Fills the table of n sequences of `lengths` steps, each within 1 and t, or null: t steps each.
inline void pack_sequences(Index n, Index t, const Index* lengths, Index* table) {
  Index* const count = table + 2 * n;  // sequences of each length, then of a greater one
  std::fill_n(count, t + 1, Index{0});
  for (Index i = 0; i < n; ++i) ++count[lengths ? lengths[i] : t];
  for (Index length = t, longer = 0; length >= 0; --length) longer += std::exchange(count[length], longer);
  for (Index i = 0; i < n; ++i) {
    const Index length = lengths ? lengths[i] : t;
    const Index place = count[length]++;
    table[place] = i;
    table[n + place] = length;
  }
  // As many as are at least so long run at the step before.
  count[0] = 0;
  for (Index step = 1; step <= t; ++step) count[step] += count[step - 1];
}

/// What the forward leaves for the backward (cuDNN's reserve space): step after step, so that what a step needs lies
/// together. R are all steps of all sequences, N T unless they differ in length; or only N, where no backward follows
/// and a step may take the place of the one before it.
template <class T>
struct RecurrentReserve {
  T* rows;           ///< [R, H + In + 1]: the left operand of every step, h_{t-1}, x_t and 1
  T* cells;          ///< [R, H], of cells that have one
  T* gates;          ///< [R, saved H]
  bool kept = true;  ///< whether all steps are kept

  /// Row of the sequence at a place in a step.
  Index row(const PackedSequences& q, Index place, Index step) const { return (kept ? q.starts[step] : 0) + place; }
};

/// What a cell reads and writes of the reserve in one step of one sequence.
template <class T>
struct RecurrentStep {
  const T* h_before;  ///< [H]
  const T* c_before;  ///< [H], null for zeros
  T* cell;            ///< [H]
  T* gates;           ///< [saved H]
};

namespace detail {

/// Sequences that one task takes through all time steps, so that no thread waits for another between steps. Two tiles:
/// enough rows to read each panel of the weights for, and few enough that a batch of 64 has four tasks or more.
inline constexpr Index recurrent_sequences = 2 * mr;

/// So few sequences are projected first, which keeps all their steps, and as many sums of the input: steps that
/// multiply up to three rows, less than keeps a core busy, take as long as reading the weights, and then read those of
/// the state alone.
inline constexpr Index few_sequences = 3;

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

/// Columns of a step's sums, and of the gradients before the activations: those of a last gate whose sums are apart
/// come twice, of the input and then of the state.
template <class Cell>
inline constexpr Index recurrent_sums = Cell::gates + (Cell::apart ? 1 : 0);

/// The weights of all gates, packed, and the sums of a step: [h x 1] times these. Of a gate apart [x 1] and h.
template <class Cell, class T>
class RecurrentProduct {
 public:
  /// Elements that it packs into.
  static Index storage_size(const RecurrentSizes& s) {
    return PackedMatrix<T>::size(s.row(), joined * s.h) + PackedMatrix<T>::size(s.in + 1, apart * s.h) +
           PackedMatrix<T>::size(s.h, apart * s.h) + Cell::gates * s.h;
  }

  RecurrentProduct(const RecurrentSizes& s, const RecurrentInputs<T>& in, T* storage)
      : h_(s.h),
        row_(s.row()),
        joined_(row_, joined * h_, storage),
        input_(s.in + 1, apart * h_, storage + PackedMatrix<T>::size(row_, joined * h_)),
        hidden_(h_, apart * h_,
                storage + PackedMatrix<T>::size(row_, joined * h_) + PackedMatrix<T>::size(s.in + 1, apart * h_)) {
    const Index width = Cell::gates * h_, end = joined * h_;
    const memory::Scratch<T> bias(width);
    const auto of = [](const T* from, Index j) { return from ? from[j] : T(0); };
    for (Index j = 0; j < width; ++j) bias[j] = of(in.bias_ih, j) + (j < end ? of(in.bias_hh, j) : T(0));
    if (narrow_products<T>()) {  // a bias is no operand: added apart, and packed as zeros
      T* const unrounded = storage + storage_size(s) - width;
      bias_ = std::copy_n(bias.data(), width, unrounded) - width;
      std::fill_n(bias.data(), width, T(0));
    }
    joined_.append(MatrixView<T>{in.weight_hh, 1, h_}, h_);
    joined_.append(MatrixView<T>{in.weight_ih, 1, s.in}, s.in);
    joined_.append(MatrixView<T>{bias.data(), width}, 1);
    if constexpr (Cell::apart) {
      input_.append(MatrixView<T>{in.weight_ih + end * s.in, 1, s.in}, s.in);
      input_.append(MatrixView<T>{bias.data() + end, width}, 1);
      hidden_.append(MatrixView<T>{in.weight_hh + end * h_, 1, h_}, h_);
      hidden_bias_ = in.bias_hh ? in.bias_hh + end : nullptr;
    }
  }

  void operator()(const IndirectOperand<T>& rows, Index count, const IndirectOutput<T>& sums) const {
    const Epilogue<T> epilogue{WriteMode::overwrite, bias_};
    joined_.multiply(rows, count, epilogue, sums);
    if constexpr (Cell::apart) {
      const IndirectOutput<T> last = last_gate(sums);
      input_.multiply({rows.data + h_, rows.row_offsets, rows.k_offsets}, count, epilogue.from_column(joined * h_),
                      last);
      add_hidden(rows, count, last);
    }
  }

  /// What the inputs [x 1] add to the sums, on all threads.
  void project(const IndirectOperand<T>& inputs, Index count, const IndirectOutput<T>& sums) const {
    const auto work = static_cast<double>(count * (row_ - h_) * nr<T>);
    parallel_for(joined_.panel_count(), work,
                 [&](Index p) { joined_.multiply_panel(p, h_, row_, inputs, count, {}, sums); });
    if constexpr (Cell::apart)
      parallel_for(input_.panel_count(), work,
                   [&](Index p) { input_.multiply_panel(p, 0, row_ - h_, inputs, count, {}, last_gate(sums)); });
  }

  /// Adds what is due to the states h to sums that have that of the inputs.
  void add_states(const IndirectOperand<T>& states, Index count, const IndirectOutput<T>& sums) const {
    for (Index p = 0; p < joined_.panel_count(); ++p)
      joined_.multiply_panel(p, 0, h_, states, count, {WriteMode::accumulate}, sums);
    if constexpr (Cell::apart) add_hidden(states, count, last_gate(sums));
  }

 private:
  static constexpr Index apart = Cell::apart ? 1 : 0, joined = Cell::gates - apart;

  IndirectOutput<T> last_gate(const IndirectOutput<T>& sums) const {
    return {sums.data + joined * h_, sums.row_offsets};
  }
  void add_hidden(const IndirectOperand<T>& states, Index count, const IndirectOutput<T>& last) const {
    hidden_.multiply(states, count, {WriteMode::overwrite, hidden_bias_}, {last.data + h_, last.row_offsets});
  }

  Index h_, row_;
  MatrixPacker<T> joined_, input_, hidden_;
  const T* bias_ = nullptr;
  const T* hidden_bias_ = nullptr;
};

/// One in memory of its own, which no thread's working space is.
template <class Cell, class T>
struct OwnedRecurrentProduct {
  std::vector<T, memory::Allocator<T>> storage;
  RecurrentProduct<Cell, T> product;

  OwnedRecurrentProduct(const RecurrentSizes& s, const RecurrentInputs<T>& in)
      : storage(static_cast<std::size_t>(RecurrentProduct<Cell, T>::storage_size(s))), product(s, in, storage.data()) {}
};

/// Calls f with the packed weights: those that were kept, or new ones.
template <class Cell, class T, class F>
void with_recurrent_product(const RecurrentSizes& s, const RecurrentInputs<T>& in, F f) {
  using Owned = OwnedRecurrentProduct<Cell, T>;
  const Owned* const kept = packed_weights<Owned>({in.weight_hh, in.weight_ih, in.bias_ih, in.bias_hh},
                                                  std::array<Index, 2>{s.in, s.h}, [&] { return Owned(s, in); });
  if (kept) return f(kept->product);
  const memory::Scratch<T> storage(RecurrentProduct<Cell, T>::storage_size(s));
  f(RecurrentProduct<Cell, T>(s, in, storage.data()));
}

/// The reserve of the sequence at a place in one step.
template <class Cell, class T>
RecurrentStep<T> step_of(const RecurrentSizes& s, const PackedSequences& q, const T* c0,
                         const RecurrentReserve<T>& reserve, Index place, Index step) {
  const Index at = reserve.row(q, place, step);
  RecurrentStep<T> result{reserve.rows + at * s.row(), nullptr, nullptr, reserve.gates + at * Cell::saved * s.h};
  if constexpr (Cell::has_cell) {
    result.cell = reserve.cells + at * s.h;
    result.c_before =
        step > 0 ? reserve.cells + reserve.row(q, place, step - 1) * s.h : initial_row(c0, q.order[place], s.h);
  }
  return result;
}

/// The part [x 1] of the left operand of a step.
template <class T>
void copy_input(const RecurrentSizes& s, const T* x, T* left) {
  std::copy_n(x, s.in, left + s.h);
  left[s.h + s.in] = T(1);
}

/// recurrent() with packed weights.
template <class Cell, class T>
void run_recurrent(const Cell& cell, const RecurrentProduct<Cell, T>& product, const RecurrentSizes& s,
                   const PackedSequences& q, const RecurrentInputs<T>& in, T* y, const RecurrentReserve<T>& reserve) {
  const Index width = recurrent_sums<Cell> * s.h, row = s.row(), all_rows = q.starts[s.t];
  const bool projected = reserve.kept && s.n <= few_sequences && !narrow_products<T>();
  const Index table = projected ? all_rows : recurrent_sequences;
  const memory::Scratch<Index> k_offsets(row), row_offsets(table), sum_offsets(table);
  fill_offsets(k_offsets.data(), row, 1);
  fill_offsets(row_offsets.data(), table, row);
  fill_offsets(sum_offsets.data(), table, width);
  const memory::Scratch<T> projections(projected ? all_rows * width : 0);
  if (projected) {
    for (Index step = 0; step < s.t; ++step)
      for (Index place = 0; place < q.running(step); ++place)
        copy_input(s, in.x + q.row(place, step, s.t) * s.in, reserve.rows + (q.starts[step] + place) * row);
    product.project({reserve.rows + s.h, row_offsets.data(), k_offsets.data()}, all_rows,
                    {projections.data(), sum_offsets.data()});
  }

  const double work = static_cast<double>(s.t * Cell::gates * s.h * row);
  parallel_equal_pieces(s.n, recurrent_sequences, work, [&](Index first, Index last) {
    const memory::Scratch<T> sums(projected ? 0 : (last - first) * width);
    for (Index step = 0; step < q.lengths[first]; ++step) {
      const Index end = std::min(last, q.running(step)), count = end - first;
      T* const rows = reserve.rows + reserve.row(q, first, step) * row;
      for (Index place = first; place < end; ++place) {
        T* const left = rows + (place - first) * row;
        if (const T* h = step > 0 ? y + q.row(place, step - 1, s.t) * s.h : initial_row(in.h0, q.order[place], s.h)) {
          std::copy_n(h, s.h, left);
        } else {
          std::fill_n(left, s.h, T(0));
        }
        if (!projected) copy_input(s, in.x + q.row(place, step, s.t) * s.in, left);
      }
      T* const a = projected ? projections.data() + q.starts[step] * width : sums.data();
      const IndirectOperand<T> operand{rows, row_offsets.data(), k_offsets.data()};
      if (projected) {
        product.add_states(operand, count, {a, sum_offsets.data()});
      } else {
        product(operand, count, {a, sum_offsets.data()});
      }
      for (Index place = first; place < end; ++place)
        cell.forward(s.h, a + (place - first) * width, step_of<Cell>(s, q, in.c0, reserve, place, step),
                     y + q.row(place, step, s.t) * s.h);
    }
    for (Index place = first; place < last; ++place)
      std::fill_n(y + (q.order[place] * s.t + q.lengths[place]) * s.h, (s.t - q.lengths[place]) * s.h, T(0));
  });
}

}  // namespace detail

/// Takes all sequences through their steps. Writes y [N, T, H], zeros behind the end of a sequence, and the reserve.
template <class Cell, class T>
void recurrent(const Cell& cell, const RecurrentSizes& s, const PackedSequences& q, const RecurrentInputs<T>& in, T* y,
               const RecurrentReserve<T>& reserve) {
  detail::with_recurrent_product<Cell>(s, in, [&](const detail::RecurrentProduct<Cell, T>& product) {
    detail::run_recurrent(cell, product, s, q, in, y, reserve);
  });
}

/// Upstream gradients; `dc_last` [N, H], of the cell after the last step of each sequence, may be null.
template <class T>
struct RecurrentUpstream {
  const T* dy;       ///< [N, T, H]
  const T* dc_last;  ///< [N, H], or null
};

/// Where gradients go, each of the shape of its input. Inputs may be one variable: they are written in this order.
template <class T>
struct RecurrentGradients {
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

/// Sums of the first columns of da over all steps: f(column, sum).
template <class T, class F>
void sum_steps(Index steps, Index columns, const MatrixView<T>& da, F f) {
  constexpr Index piece = 64;
  parallel_pieces(columns, piece, static_cast<double>(steps), [&](Index first, Index last) {
    std::array<double, piece> sums{};
    for (Index step = 0; step < steps; ++step)
      for (Index j = first; j < last; ++j)
        sums[static_cast<std::size_t>(j - first)] += static_cast<double>(*da.at(step, j));
    for (Index j = first; j < last; ++j) f(j, static_cast<T>(sums[static_cast<std::size_t>(j - first)]));
  });
}

/// The gradients of all parameters from da [R, sums H] and the rows of the reserve: one product too, and of a gate
/// apart two more.
template <class Cell, class T>
void recurrent_parameters_backward(const RecurrentSizes& s, Index steps, const MatrixView<T>& da, const T* rows,
                                   const RecurrentGradients<T>& d) {
  const Index row = s.row(), width = Cell::gates * s.h;
  const Index joined = (Cell::gates - (Cell::apart ? 1 : 0)) * s.h;
  const memory::Scratch<T> sums(width * row), apart_bias(width - joined);
  gemm(joined, row, steps, da.transposed(), MatrixView<T>{rows, row}, sums.data(), row);
  if constexpr (Cell::apart) {
    T* const last = sums.data() + joined * row;
    const MatrixView<T> hidden = da.from(0, width).transposed();
    gemm(s.h, s.in + 1, steps, da.from(0, joined).transposed(), MatrixView<T>{rows + s.h, row}, last + s.h, row);
    gemm(s.h, s.h, steps, hidden, MatrixView<T>{rows, row}, last, row);
    gemm(s.h, 1, steps, hidden, MatrixView<T>{rows + s.h + s.in, row}, apart_bias.data(), 1);
  }
  if (narrow_products<T>())  // a product has sums of rounded gradients, right for weights alone
    sum_steps(steps, recurrent_sums<Cell> * s.h, da,
              [&](Index j, T sum) { (j < width ? sums[j * row + row - 1] : apart_bias[j - width]) = sum; });
  for (Index j = 0; j < width; ++j) {
    const T* const sum = sums.data() + j * row;
    detail::write(d.weight_ih, j * s.in, s.in, sum + s.h);
    detail::write(d.weight_hh, j * s.h, s.h, sum);
    detail::write(d.bias_ih, j, 1, sum + s.h + s.in);
    detail::write(d.bias_hh, j, 1, j < joined ? sum + s.h + s.in : apart_bias.data() + j - joined);
  }
}

}  // namespace detail

/// Backpropagation through time.
template <class Cell, class T>
void recurrent_backward(const Cell& cell, const RecurrentSizes& s, const PackedSequences& q,
                        const RecurrentInputs<T>& in, const RecurrentReserve<T>& reserve,
                        const RecurrentUpstream<T>& up, const RecurrentGradients<T>& d) {
  const Index gates = Cell::gates * s.h;
  const Index steps = q.starts[s.t];
  // Gradients before the activations, their rows an odd number of cache lines apart: their columns are read later,
  // and would all fall into the same few sets of the cache if the rows were a power of two apart.
  constexpr Index line = static_cast<Index>(memory::alignment / sizeof(T));
  const Index da_stride = ((detail::recurrent_sums<Cell> * s.h + line - 1) / line | 1) * line;
  const memory::Scratch<T> da(steps * da_stride);
  detail::OwnedMatrix<T> to_h(gates, s.h), to_x(gates, d.x ? s.in : 0);
  to_h.matrix.append(MatrixView<T>{in.weight_hh, s.h}, gates);
  to_x.matrix.append(MatrixView<T>{in.weight_ih, s.in}, gates);
  const memory::Scratch<Index> x_columns(gates), h_columns(gates);
  fill_offsets(x_columns.data(), gates, 1);
  for (Index j = 0; j < gates; ++j) h_columns[j] = Cell::apart && j >= gates - s.h ? j + s.h : j;

  const double work = static_cast<double>(s.t * gates * (s.h + (d.x ? s.in : 0)));
  parallel_equal_pieces(s.n, detail::recurrent_sequences, work, [&](Index first, Index last) {
    std::array<Index, detail::recurrent_sequences> da_offsets, h_offsets, x_offsets;
    fill_offsets(da_offsets.data(), last - first, da_stride);
    fill_offsets(h_offsets.data(), last - first, s.h);
    const Index states = (last - first) * s.h;
    const memory::Scratch<T> dh(states), dc(Cell::has_cell ? states : 0);
    std::fill_n(dh.data(), states, T(0));
    if constexpr (Cell::has_cell)
      for (Index place = first; place < last; ++place) {
        T* const to = dc.data() + (place - first) * s.h;
        if (up.dc_last) {
          std::copy_n(up.dc_last + q.order[place] * s.h, s.h, to);
        } else {
          std::fill_n(to, s.h, T(0));
        }
      }
    for (Index step = q.lengths[first] - 1; step >= 0; --step) {
      const Index end = std::min(last, q.running(step));
      T* const da_step = da.data() + (q.starts[step] + first) * da_stride;
      for (Index place = first; place < end; ++place) {
        const Index state = (place - first) * s.h;
        cell.backward(s.h, detail::step_of<Cell>(s, q, in.c0, reserve, place, step),
                      up.dy + q.row(place, step, s.t) * s.h, dh.data() + state,
                      Cell::has_cell ? dc.data() + state : nullptr, da_step + (place - first) * da_stride);
        x_offsets[static_cast<std::size_t>(place - first)] = q.row(place, step, s.t) * s.in;
      }
      to_h.matrix.multiply({da_step, da_offsets.data(), h_columns.data()}, end - first,
                           {Cell::direct ? WriteMode::accumulate : WriteMode::overwrite},
                           {dh.data(), h_offsets.data()});
      if (d.x)
        to_x.matrix.multiply({da_step, da_offsets.data(), x_columns.data()}, end - first, {d.x.mode},
                             {d.x.data, x_offsets.data()});
    }
    for (Index place = first; place < last; ++place) {
      const Index sequence = q.order[place], length = q.lengths[place], state = (place - first) * s.h;
      detail::write<T>(d.h0, sequence * s.h, s.h, dh.data() + state);
      if constexpr (Cell::has_cell) detail::write<T>(d.c0, sequence * s.h, s.h, dc.data() + state);
      if (d.x && d.x.mode == WriteMode::overwrite)
        std::fill_n(d.x.data + (sequence * s.t + length) * s.in, (s.t - length) * s.in, T(0));
    }
  });
  detail::recurrent_parameters_backward<Cell>(s, steps, MatrixView<T>{da.data(), da_stride}, reserve.rows, d);
}

}  // namespace latent::kernels
