#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/packed_matrix.hpp"

namespace latent::kernels {

/// KC, the rows of a panel that are packed and multiplied at a time: 256 of float are 16 kB with AVX2 and 32 kB with
/// AVX-512, which stay in the nearest caches while all rows of the left operand go by.
inline constexpr Index kc = 256;

/// Terms of a sum whose parts are added in T; beyond it rounding errors would show.
inline constexpr Index longest_sum = 16 * kc;

namespace detail {

/// Rows that are packed together: whole registers, and whole tiles.
inline constexpr Index left_group = 4 * mr;

/// Copies a [rows, depth], whose columns have neighbouring elements, into groups of rows [depth, left_group] that lie
/// one behind the other. What a last group lacks is left as it is.
template <class T>
[[gnu::noinline]] void pack_left(const MatrixView<T>& a, Index rows, Index depth, T* to) {
  for (Index i = 0; i < rows; i += left_group) {
    const Index count = std::min(left_group, rows - i);
    const T* from = a.at(i, 0);
    for (Index k = 0; k < depth; ++k, from += a.column_stride, to += left_group)
      for (Index r = 0; r < count; r += lanes<T>) store(to + r, load(from + r, std::min(lanes<T>, count - r)));
  }
}

}  // namespace detail

/// Whether gemm_blocked is faster than Gemm: for terms that are apart, and where each operand is read several times.
template <class T>
bool blocks_pay(Index m, Index n, Index k, const MatrixView<T>& a) {
  return !narrow_products<T>() && a.row_stride == 1 && a.column_stride != 1 && k >= kc && k <= longest_sum &&
         m >= 2 * detail::left_group && n > 2 * nr<T>;
}

/// The same product as Gemm, to the same bits, for a transposed left operand and sums of many terms, as in the gradient
/// of a weight over a large batch. Both operands are packed, in parts of KC terms as in BLIS, so that what is read
/// several times is in the second-level cache.
///
/// Gemm reads all terms of its rows anew for every panel of b; from beyond that cache this takes longer than the
/// multiply-adds, the more so as neighbouring terms of a transposed matrix lie on different pages.
template <class T>
void gemm_blocked(Index m, Index n, Index k, const MatrixView<T>& a, const MatrixView<T>& b, T* c, Index c_stride,
                  const Epilogue<T>& epilogue = {}) {
  constexpr Index mc = 2 * detail::left_group;  // rows of a block, at most: blocks are cut evenly
  const Index parts = (k + kc - 1) / kc, most = (k + parts - 1) / parts;
  const Index blocks = (m + mc - 1) / mc, panels = (n + nr<T> - 1) / nr<T>;
  const Index groups = std::clamp<Index>(16 / blocks, 1, std::max<Index>(panels / 4, 1));  // of panels
  const memory::Scratch<T> storage(PackedMatrix<T>::size(most, n));
  const memory::Scratch<Index> terms(most), left_rows(mc), c_rows(mc);
  fill_offsets(terms.data(), most, detail::left_group);
  fill_offsets(c_rows.data(), mc, c_stride);
  for (Index k0 = 0; k0 < k; k0 += most) {
    const Index depth = std::min(most, k - k0);
    MatrixPacker<T> right(depth, n, storage.data());
    right.append(b.from(k0, 0), depth);
    for (Index i = 0; i < mc; ++i)
      left_rows[i] = i < detail::left_group ? i : left_rows[i - detail::left_group] + detail::left_group * depth;
    const Epilogue<T> of_part = epilogue.of_part(k0 == 0, k0 + depth >= k);
    const double work = static_cast<double>(m * n) * static_cast<double>(depth) / static_cast<double>(blocks * groups);
    parallel_for(blocks * groups, work, [&](Index task) {
      const Index block = task / groups, group = task % groups;
      const Index first = m * block / blocks, rows = m * (block + 1) / blocks - first;
      const memory::Scratch<T> left(mc * depth);
      detail::pack_left(a.from(first, k0), rows, depth, left.data());
      for (Index p = panels * group / groups; p < panels * (group + 1) / groups; ++p)
        right.multiply_panel(p, 0, depth, {left.data(), left_rows.data(), terms.data()}, rows, of_part,
                             {c + first * c_stride, c_rows.data()});
    });
  }
}

}  // namespace latent::kernels
