#pragma once

#include <algorithm>
#include <array>

#include "latent/core/parallel.hpp"

/// Elements visited in an order that is not that of memory: broadcasting and permuted axes.
namespace latent {

/// Elements that one task works on: 16 kB of float, so that an operand and a result fit the first-level cache, and a
/// task takes a microsecond or so.
inline constexpr Index elementwise_piece = 4096;

/// Sizes of up to six loops, outermost first, and the stride of each of K pointers along them; 0 repeats an element.
template <std::size_t K>
struct Loops {
  static constexpr Index most = Shape::max_rank;  ///< loops

  Index rank = 0;                                   ///< number of loops
  std::array<Index, most> size{};                   ///< of each
  std::array<std::array<Index, most>, K> stride{};  ///< of each pointer along each

  /// Adds an innermost loop. Where every pointer just goes on as the loop before it would, that one grows instead.
  void append(Index count, const std::array<Index, K>& strides) {
    if (count == 1) return;
    const auto last = static_cast<std::size_t>(rank - 1);
    bool continues = rank > 0;
    for (std::size_t k = 0; continues && k < K; ++k) continues = stride[k][last] == count * strides[k];
    const auto at = continues ? last : static_cast<std::size_t>(rank++);
    size[at] = continues ? size[at] * count : count;
    for (std::size_t k = 0; k < K; ++k) stride[k][at] = strides[k];
  }

  /// How often the innermost runs.
  Index numel() const {
    Index product = 1;
    for (Index i = 0; i < rank; ++i) product *= size[static_cast<std::size_t>(i)];
    return product;
  }

  /// Calls row(offsets, count, strides) for each run of the innermost loop, in order.
  template <class F>
  void each_row(F row) const {
    if (numel() == 0) return;
    std::array<Index, most> at{};
    std::array<Index, K> offset{};
    const Index inner = rank ? size[static_cast<std::size_t>(rank - 1)] : 1;
    std::array<Index, K> strides{};
    for (std::size_t k = 0; k < K && rank; ++k) strides[k] = stride[k][static_cast<std::size_t>(rank - 1)];
    for (;;) {
      row(offset, inner, strides);
      Index loop = rank - 2;
      for (; loop >= 0; --loop) {
        const auto i = static_cast<std::size_t>(loop);
        for (std::size_t k = 0; k < K; ++k) offset[k] += stride[k][i];
        if (++at[i] < size[i]) break;
        for (std::size_t k = 0; k < K; ++k) offset[k] -= stride[k][i] * size[i];
        at[i] = 0;
      }
      if (loop < 0) return;
    }
  }
};

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

}  // namespace latent
