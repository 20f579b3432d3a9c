#pragma once

#include "latent/kernels/elementwise.hpp"

namespace latent::kernels {

enum class Direction { forward, backward };

/// y[o, i, j] (+)= x[o, 0, j] + .. + x[o, i, j]; backward: x[o, i, j] + .. + x[o, N - 1, j]; sums go on in double
/// x, y [Outer, N, Inner]
template <class T>
void cumsum(Index outer, Index n, Index inner, const T* x, const Target<T>& y, Direction direction) {
  // Columns side by side, whose sums stand on the stack: neighbours, or if there are none, whole lines.
  constexpr Index most_columns = 256, most_lines = 8;
  const bool lines = inner == 1;
  const Index width = lines ? outer : inner, blocks = lines ? 1 : outer;
  const Index most = lines ? most_lines : most_columns;
  const Index step = lines ? 1 : inner, column_step = lines ? n : 1;
  const Index parts = (width + most - 1) / most;
  const Index columns = std::min(width, most);
  const Index piece = std::max<Index>(elementwise_piece / std::max<Index>(n * columns, 1), 1);
  parallel_pieces(blocks * parts, piece, 4 * static_cast<double>(n * columns), [&](Index first, Index last) {
    for (Index task = first; task < last; ++task) {
      const Index begin = task / parts * n * inner + task % parts * most * column_step;
      const Index count = std::min(most, width - task % parts * most);
      double sums[most_columns] = {};
      for (Index i = 0; i < n; ++i) {
        const Index row = begin + (direction == Direction::forward ? i : n - 1 - i) * step;
        for (Index j = 0; j < count; ++j) sums[j] += static_cast<double>(x[row + j * column_step]);
        for (Index j = 0; j < count; ++j) {
          T& to = y.data[row + j * column_step];
          to = static_cast<T>(y.mode == WriteMode::overwrite ? sums[j] : static_cast<double>(to) + sums[j]);
        }
      }
    }
  });
}

}  // namespace latent::kernels
