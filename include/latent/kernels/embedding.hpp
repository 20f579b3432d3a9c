#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/elementwise.hpp"
#include "latent/kernels/reduce.hpp"

/// Rows of a table by their numbers, and what the gradients of these rows add up to.
namespace latent::kernels {

/// y[i] = table[indices[i]]    indices [N], table [Count, Dim], y [N, Dim]
template <class T>
void embedding(Index n, Index dim, const Index* indices, const T* table, T* y) {
  const Index piece = std::max<Index>(elementwise_piece / std::max<Index>(dim, 1), 1);
  parallel_pieces(n, piece, static_cast<double>(dim), [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) std::copy_n(table + indices[i] * dim, dim, y + i * dim);
  });
}

namespace detail {

/// Numbers 0 to n - 1 in the order of the index that each has, and of each other where indices are equal: those of row
/// r are places[starts[r]] to places[starts[r + 1] - 1]. `left_out` is an index that is passed over, or -1. (Counting
/// sort.)
inline void sort_by_index(Index n, Index count, const Index* indices, Index left_out, Index* starts, Index* places) {
  std::fill_n(starts, count + 1, Index{0});
  for (Index i = 0; i < n; ++i)
    if (indices[i] != left_out) ++starts[indices[i]];
  Index before = 0;
  for (Index row = 0; row <= count; ++row) {
    before += starts[row];
    starts[row] = before;  // the end of the row, from which it is filled to its start
  }
  for (Index i = n - 1; i >= 0; --i)
    if (indices[i] != left_out) places[--starts[indices[i]]] = i;
}

/// The sum of a register of some rows of x, which are `dim` apart; long sums go on in double.
template <class T>
Vector<T> sum_of_places(const Index* places, Index count, const T* x, Index dim, Index columns) {
  const auto part = [&](Index first, Index last) {
    Vector<T> sum{};
    for (Index i = first; i < last; ++i) sum += load(x + places[i] * dim, columns);
    return sum;
  };
  if (count <= sum_chunk) return part(0, count);
  double totals[lanes<T>] = {};
  for (Index first = 0; first < count; first += sum_chunk) {
    const Vector<T> sum = part(first, std::min(count, first + sum_chunk));
    for (Index lane = 0; lane < lanes<T>; ++lane) totals[lane] += static_cast<double>(sum[lane]);
  }
  Vector<T> result;
  for (Index lane = 0; lane < lanes<T>; ++lane) result[lane] = static_cast<T>(totals[lane]);
  return result;
}

}  // namespace detail

/// dtable[r] (+)= sum over all i with indices[i] = r of dy[i], in the order of i    indices [N], dy [N, Dim], dtable
/// [Count, Dim]. Row `left_out` gets nothing; -1 leaves none out.
template <class T>
void embedding_backward(Index n, Index count, Index dim, const Index* indices, const T* dy, const Target<T>& dtable,
                        Index left_out) {
  const memory::Scratch<Index> starts(count + 1), places(n);
  detail::sort_by_index(n, count, indices, left_out, starts.data(), places.data());
  // Blocks of columns too, since one row may have most of the indices.
  constexpr Index block_columns = 64, block_rows = elementwise_piece / block_columns;
  const Index blocks = (dim + block_columns - 1) / block_columns;
  const Index tasks = (count + block_rows - 1) / block_rows * blocks;
  const double work = static_cast<double>((count + n) * dim) / static_cast<double>(std::max<Index>(tasks, 1));
  parallel_for(tasks, work, [&](Index task) {
    const Index column = task % blocks * block_columns;
    const Index last_column = std::min(dim, column + block_columns);
    const Index row = task / blocks * block_rows;
    for (Index r = row; r < std::min(count, row + block_rows); ++r) {
      const Index repeats = starts[r + 1] - starts[r];
      if (repeats == 0) {
        if (dtable.mode == WriteMode::overwrite)
          std::fill_n(dtable.data + r * dim + column, last_column - column, T(0));
        continue;
      }
      for (Index j = column; j < last_column; j += lanes<T>) {
        const Index columns = std::min(lanes<T>, last_column - j);
        T* const to = dtable.data + r * dim + j;
        const Vector<T> sum = detail::sum_of_places(places.data() + starts[r], repeats, dy + j, dim, columns);
        store(to, dtable.mode == WriteMode::overwrite ? sum : load(to, columns) + sum, columns);
      }
    }
  });
}

}  // namespace latent::kernels
