#pragma once

#include "latent/kernels/elementwise.hpp"
#include "latent/kernels/strided.hpp"

namespace latent::kernels {

/// Calls row(offsets, count, strides) for each run of the innermost loop, as loops.each_row does, on several threads if
/// there is enough to do: `work` is that of an element in multiply-adds. The outermost loop is cut, by sizes alone; its
/// parts must write different places.
template <std::size_t K, class F>
void parallel_rows(const Loops<K>& loops, double work, F row) {
  const bool scalar = loops.rank == 0;
  const Index outer = scalar ? 1 : loops.size[0];
  const Index inner = outer ? loops.numel() / outer : 0;
  const Index piece = std::max<Index>(elementwise_piece / std::max<Index>(inner, 1), 1);
  parallel_pieces(outer, piece, work * static_cast<double>(inner), [&](Index first, Index last) {
    Loops<K> part = loops;
    if (!scalar) part.size[0] = last - first;
    part.each_row([&](std::array<Index, K> offset, Index count, const std::array<Index, K>& stride) {
      for (std::size_t k = 0; k < K && !scalar; ++k) offset[k] += first * loops.stride[k][0];
      row(offset, count, stride);
    });
  });
}

}  // namespace latent::kernels
