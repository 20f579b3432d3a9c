#pragma once

#include "latent/kernels/elementwise.hpp"

namespace latent::kernels {

enum class Direction { forward, backward };

/// y[o, i, j] (+)= x[o, 0, j] + .. + x[o, i, j]; backward: x[o, i, j] + .. + x[o, N - 1, j]; sums go on in double
/// x, y [Outer, N, Inner]
template <class T>
void cumsum(Index outer, Index n, Index inner, const T* x, const Target<T>& y, Direction direction) {
  constexpr Index most_columns = 256;  // whose sums stand on the stack
  const Index parts = (inner + most_columns - 1) / most_columns;
  const Index columns = std::min(inner, most_columns);
  const Index piece = std::max<Index>(elementwise_piece / std::max<Index>(n * columns, 1), 1);
  const auto write = [&y](Index i, double sum) {
    y.data[i] = static_cast<T>(y.mode == WriteMode::overwrite ? sum : static_cast<double>(y.data[i]) + sum);
  };
  parallel_pieces(outer * parts, piece, 4 * static_cast<double>(n * columns), [&](Index first, Index last) {
    for (Index task = first; task < last; ++task) {
      const Index begin = task / parts * n * inner + task % parts * most_columns;
      const Index count = std::min(most_columns, inner - task % parts * most_columns);
      double sums[most_columns] = {};
      for (Index step = 0; step < n; ++step) {
        const Index row = begin + (direction == Direction::forward ? step : n - 1 - step) * inner;
        if (inner == 1) {
          write(row, sums[0] += static_cast<double>(x[row]));
        } else {
          for (Index j = 0; j < count; ++j) write(row + j, sums[j] += static_cast<double>(x[row + j]));
        }
      }
    }
  });
}

}  // namespace latent::kernels
