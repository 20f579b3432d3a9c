#pragma once

#include "latent/kernels/parallel.hpp"
#include "latent/kernels/tile.hpp"

namespace latent::kernels {

/// A matrix somewhere in memory: element (i, j) is data[i * row_step + j * column_step].
/// Swapping the steps transposes it.
template <class T>
struct MatrixIn {
  const T* data;
  Index row_step;
  Index column_step = 1;

  const T* at(Index i, Index j) const { return data + i * row_step + j * column_step; }
  MatrixIn transposed() const { return {data, column_step, row_step}; }
};

/// Columns of the right operand that are packed and multiplied at a time.
template <class T>
inline constexpr Index panel_columns = 2 * lanes<T>;

/// Rows of the right operand packed at a time: a panel of them stays in the first-level cache.
template <class T>
inline constexpr Index panel_rows = 1024 / static_cast<Index>(sizeof(T));

/// Copies b[k0 .. k0 + rows, j0 .. j0 + columns] into panel [rows, panel_columns], filled up with zeros.
template <class T>
void pack_panel(const MatrixIn<T>& b, Index k0, Index rows, Index j0, Index columns, T* panel) {
  constexpr Index width = panel_columns<T>;
  if (b.column_step == 1) {
    for (Index k = 0; k < rows; ++k) {
      const T* from = b.at(k0 + k, j0);
      T* to = panel + k * width;
      for (Index v = 0; v < width; v += lanes<T>) {
        const Index count = std::clamp(columns - v, Index{0}, lanes<T>);
        store(to + v, count == lanes<T> ? load(from + v) : load(from + v, count));
      }
    }
    return;
  }
  for (Index v = 0; v < width; v += lanes<T>) {
    const Index count = std::clamp(columns - v, Index{0}, lanes<T>);
    Index k = 0;
    if (b.row_step == 1) {
      for (; k + lanes<T> <= rows; k += lanes<T>) {
        std::array<Vector<T>, lanes<T>> square{};
        for (Index j = 0; j < count; ++j) square[static_cast<std::size_t>(j)] = load(b.at(k0 + k, j0 + v + j));
        transpose<T>(square);
        for (Index i = 0; i < lanes<T>; ++i) store(panel + (k + i) * width + v, square[static_cast<std::size_t>(i)]);
      }
    }
    for (; k < rows; ++k)
      for (Index j = 0; j < lanes<T>; ++j) panel[k * width + v + j] = j < count ? *b.at(k0 + k, j0 + v + j) : T(0);
  }
}

/// Offsets of rows that are `step` apart. Those beyond the valid ones repeat the last, to read nothing foreign.
inline RowOffsets row_offsets(Index valid, Index step) {
  RowOffsets result;
  for (Index r = 0; r < tile_rows; ++r) result[static_cast<std::size_t>(r)] = std::min(r, valid - 1) * step;
  return result;
}

/// c [rows, columns] (+)= bias + a [rows, length] panel [length, columns]    rows of c are c_step apart; bias may be
/// null.
template <int Vectors, class T>
__attribute__((flatten)) void multiply_panel_of(const MatrixIn<T>& a, Index rows, Index length, const T* panel,
                                                Index columns, const T* bias, T* c, Index c_step, Into into) {
  alignas(64) T start[Vectors * lanes<T>] = {};
  if (bias) std::copy_n(bias, columns, start);
  for (Index i = 0; i < rows; i += tile_rows) {
    const Index valid = std::min(tile_rows, rows - i);
    const RowOffsets row = row_offsets(valid, a.row_step);
    Tile<T, Vectors> tile;
    tile.broadcast(start);
    tile.add_products(a.at(i, 0), row, a.column_step, panel, panel_columns<T>, length);
    tile.write(valid, columns, into, [&](Index r) { return c + (i + r) * c_step; });
  }
}

template <class T>
void multiply_panel(const MatrixIn<T>& a, Index rows, Index length, const T* panel, Index columns, const T* bias, T* c,
                    Index c_step, Into into) {
  if (columns <= lanes<T>) {
    multiply_panel_of<1>(a, rows, length, panel, columns, bias, c, c_step, into);
  } else {
    multiply_panel_of<2>(a, rows, length, panel, columns, bias, c, c_step, into);
  }
}

/// c = a b + bias, or c += a b + bias    a [M, K], b [K, N], bias [N] or null, c [M, N] with rows c_step apart
///
/// Each task owns some rows and one panel of columns of c and packs its own piece of b, so no task waits for
/// another. Sums run over k in order, whatever the number of threads.
template <class T>
void gemm(Index m, Index n, Index k, const MatrixIn<T>& a, const MatrixIn<T>& b, T* c, Index c_step, Into into,
          const T* bias = nullptr) {
  constexpr Index width = panel_columns<T>;
  constexpr Index depth = panel_rows<T>;
  const Index panels = (n + width - 1) / width;
  // Enough tasks for several threads, but blocks of rows tall enough to make the packing of b worthwhile.
  const Index least_rows = 8 * tile_rows;
  const Index wanted = panels >= 8 ? 1 : 8 / std::max(panels, Index{1});
  const Index block = std::max(least_rows, ((m + wanted - 1) / wanted + tile_rows - 1) / tile_rows * tile_rows);
  const Index blocks = (m + block - 1) / block;

  const double work = static_cast<double>(std::min(block, m) * std::min(width, n)) * static_cast<double>(k);
  parallel_for(panels * blocks, work, [&](Index task) {
    alignas(64) T panel[depth * width];
    const Index j = task / blocks * width;
    const Index i = task % blocks * block;
    const Index columns = std::min(width, n - j);
    Index k0 = 0;
    do {  // once even if k is 0
      const Index length = std::min(depth, k - k0);
      pack_panel(b, k0, length, j, columns, panel);
      multiply_panel(MatrixIn<T>{a.at(i, k0), a.row_step, a.column_step}, std::min(block, m - i), length, panel, columns,
                     bias && k0 == 0 ? bias + j : nullptr, c + i * c_step + j, c_step,
                     k0 == 0 ? into : Into::accumulate);
      k0 += depth;
    } while (k0 < k);
  });
}

}  // namespace latent::kernels
