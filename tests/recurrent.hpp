#pragma once

// A layer's operands and results, for the tests of the recurrent kernels.

#include "errors.hpp"
#include "reference.hpp"

namespace recurrent {

using namespace latent;

template <class Cell, Scalar T>
struct Problem {
  kernels::RecurrentSizes s;
  Cell cell;
  Tensor<T> x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0;
  Tensor<Index> table;
  bool reverse = false;

  explicit Problem(const kernels::RecurrentSizes& sizes, const Cell& c = {})
      : s(sizes),
        cell(c),
        x(reference::random<T>({s.n, s.t, s.in}, 1)),
        weight_ih(reference::random<T>({Cell::gates * s.h, s.in}, 2)),
        // Larger ones make some cells chaotic: rounding errors then grow from step to step, in any implementation.
        weight_hh(reference::random<T>({Cell::gates * s.h, s.h}, 3, -bound(), bound())),
        bias_ih(reference::random<T>({Cell::gates * s.h}, 4)),
        bias_hh(reference::random<T>({Cell::gates * s.h}, 5)),
        h0(reference::random<T>({s.n, s.h}, 6)),
        c0(reference::random<T>({s.n, s.h}, 7)),
        table({kernels::PackedSequences::table_size(s.n, s.t)}) {
    kernels::pack_sequences(s.n, s.t, nullptr, table.data());
  }

  kernels::RecurrentInputs<T> inputs() const {
    return {x.data(), weight_ih.data(), weight_hh.data(), bias_ih.data(), bias_hh.data(), h0.data(), c0.data()};
  }
  T bound() const { return 1 / std::sqrt(static_cast<T>(s.h)); }
  kernels::PackedSequences sequences() const { return {s.n, std::as_const(table).data(), reverse}; }
};

/// What one forward writes.
template <class Cell, Scalar T>
struct Results {
  Tensor<T> y, cells, gates, rows;

  explicit Results(const kernels::RecurrentSizes& s)
      : y({s.n, s.t, s.h}), cells({s.t, s.n, s.h}), gates({s.t, s.n, Cell::saved * s.h}), rows({s.t, s.n, s.row()}) {}

  kernels::RecurrentReserve<T> reserve() { return {rows.data(), cells.data(), gates.data()}; }
};

template <class Cell, Scalar T>
Results<Cell, T> forward(const Problem<Cell, T>& p, const kernels::RecurrentInputs<T>& inputs) {
  Results<Cell, T> results(p.s);
  kernels::recurrent(p.cell, p.s, p.sequences(), inputs, results.y.data(), results.reserve());
  return results;
}

/// Calls f(problem, results) for odd sizes.
template <class Cell, Scalar T, class F>
void over_odd_sizes(F f, const Cell& cell = {}) {
  for (Index n : {1, 3, 5, 33})
    for (Index t : {1, 2, 9})
      for (Index in : {1, 7, 28})
        for (Index h : {1, 8, 33}) {
          const Problem<Cell, T> p({n, t, in, h}, cell);
          CAPTURE(n);
          CAPTURE(t);
          CAPTURE(in);
          CAPTURE(h);
          f(p, forward(p, p.inputs()));
        }
}

/// Forward and backward give the same bits for any number of threads, also over unequal sequences and backwards in
/// time.
template <class Cell>
void check_threads(const Cell& cell = {}) {
  Problem<Cell, float> p({40, 6, 20, 24}, cell);
  for (const bool reverse : {false, true}) {
    if (reverse) {
      p.reverse = true;
      std::vector<Index> lengths;
      for (Index n = 0; n < p.s.n; ++n) lengths.push_back(1 + n * n % p.s.t);
      kernels::pack_sequences(p.s.n, p.s.t, lengths.data(), p.table.data());
    }
    std::vector<Tensor<float>> first;
    for (int threads : {1, 2, 3, 7}) {
      set_threads(threads);
      auto r = forward(p, p.inputs());
      const auto dy = reference::random<float>(r.y.shape(), 9);
      Tensor<float> dx(p.x.shape()), dwi(p.weight_ih.shape()), dwh(p.weight_hh.shape()), dbi(p.bias_ih.shape()),
          dbh(p.bias_hh.shape()), dh(p.h0.shape()), dc(p.c0.shape());
      kernels::recurrent_backward<Cell, float>(
          cell, p.s, p.sequences(), p.inputs(), r.reserve(), {dy.data(), nullptr},
          {{dx.data()}, {dh.data()}, {dc.data()}, {dwi.data()}, {dwh.data()}, {dbi.data()}, {dbh.data()}});
      const std::vector<Tensor<float>> results{r.y, r.cells, dx, dwi, dwh, dbi, dbh, dh, dc};
      if (first.empty()) first = results;
      for (std::size_t i = 0; i < results.size(); ++i) CHECK(reference::identical(results[i], first[i]));
    }
    set_threads(0);
  }
}

}  // namespace recurrent
