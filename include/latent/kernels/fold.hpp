#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/elementwise.hpp"

/// Reductions along one axis by any function, in double.
namespace latent::kernels {

namespace detail {

/// y[j] = step(.. step(step(0, x[0, j], j), x[1, j], j) ..) on the calling thread    x [Rows, Columns]
template <class T, class Step, class Join>
void fold_rows(Index rows, Index columns, const T* x, Step step, Join join, double* y) {
  std::fill_n(y, columns, 0.0);
  if (columns > 1) {
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < columns; ++j) y[j] = step(y[j], x[i * columns + j], j);
    return;
  }
  double part[8] = {};  // that no step has to wait for the one before it
  Index i = 0;
  for (; i + 8 <= rows; i += 8)
    for (Index k = 0; k < 8; ++k) part[k] = step(part[k], x[i + k], Index{0});
  for (const double each : part) *y = join(*y, each);
  for (; i < rows; ++i) *y = step(*y, x[i], Index{0});
}

}  // namespace detail

/// y[o, j] = step(.. step(step(0, x[o, 0, j], k), x[o, 1, j], k) .., x[o, N - 1, j], k), where k is the place of y[o,
/// j] in y, and join(a, b) what results of two parts become together    x [Outer, N, Inner], y [Outer, Inner] The parts
/// are cut by sizes alone and joined in order: the result is the same for any number of threads.
template <class T, class Step, class Join>
void fold_axis(Index outer, Index n, Index inner, const T* x, Step step, Join join, double* y) {
  constexpr Index most_blocks = 64;
  const Index blocks =
      std::clamp<Index>(n * inner / elementwise_piece, 1, most_blocks / std::clamp<Index>(outer, 1, most_blocks));
  const Index block = (n + blocks - 1) / blocks;
  const memory::Scratch<double> partial(blocks > 1 ? outer * blocks * inner : 0);
  double* const to = blocks > 1 ? partial.data() : y;
  const Index piece = std::max<Index>(elementwise_piece / std::max<Index>(block * inner, 1), 1);
  parallel_pieces(outer * blocks, piece, 2 * static_cast<double>(block * inner), [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const Index o = i / blocks, begin = std::min(i % blocks * block, n);
      detail::fold_rows(
          std::min(block, n - begin), inner, x + (o * n + begin) * inner,
          [&](double so_far, T v, Index j) { return step(so_far, static_cast<double>(v), o * inner + j); }, join,
          to + i * inner);
    }
  });
  if (blocks == 1) return;
  std::fill_n(y, outer * inner, 0.0);
  for (Index i = 0; i < outer * blocks; ++i)
    for (Index j = 0; j < inner; ++j) {
      double& result = y[i / blocks * inner + j];
      result = join(result, to[i * inner + j]);
    }
}

}  // namespace latent::kernels
