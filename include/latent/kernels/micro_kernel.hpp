#pragma once

#include <algorithm>

#include "latent/kernels/activation.hpp"

/// The micro-kernel below the matrix product, the convolutions and recurrent layers, and the loop over rows around it.
/// Terms as in BLIS: Van Zee and van de Geijn, "BLIS: a framework for rapidly instantiating BLAS functionality", 2015.
namespace latent::kernels {

/// The left operand of a product: element (i, k) is data[row_offsets[i] + k_offsets[k]]. So a row may be a row of a
/// matrix, a column, or the window of a convolution. Of bfloat16 it is a pair that begins there. (XNNPACK's indirection
/// buffer holds a pointer for each row and tap; two tables are enough here: Dukhan, "The indirect convolution
/// algorithm", 2019.)
template <class T>
struct IndirectOperand {
  const T* data;             ///< what offsets count from
  const Index* row_offsets;  ///< [M]
  const Index* k_offsets;    ///< [K]
};

/// Where a product puts row i of its results: data + row_offsets[i].
template <class T>
struct IndirectOutput {
  T* data;                   ///< what offsets count from
  const Index* row_offsets;  ///< [M]
};

/// What the micro-kernel does in one step with an element of each operand. The same for pairs of bfloat16, by the same
/// kernel, is in bfloat16.hpp.
template <class T>
struct MultiplyAdd {
  static constexpr Index elements = 1;  ///< of a row or column that a step takes

  __attribute__((always_inline)) static T left(const T* from) { return *from; }
  __attribute__((always_inline)) static Vector<T> right(const T* from) { return load(from); }
  __attribute__((always_inline)) static Vector<T> add(const Vector<T>& sums, T left, const Vector<T>& right) {
    return sums + left * right;
  }
};

/// MR, the rows of a tile of results. With two registers to a row, 8 rows take 16 of 32 registers, 6 rows 12 of 16; the
/// others hold two registers of the right operand and an element of the left one. Fewer rows read the right operand
/// more often; with more, registers are spilled to memory (AVX2: 80 % of the peak instead of 91 at 7 rows, 55 at 8).
inline constexpr Index mr = vector_registers >= 32 ? 8 : 6;

/// NR, the columns of a tile and of a packed panel: two registers.
template <class T>
inline constexpr Index nr = 2 * lanes<T>;

namespace detail {

/// A C array whose size is an Index; compilers warn of its sign without the conversion.
template <class T, Index Count>
using Array = T[static_cast<std::size_t>(Count)];

/// Sums for each register of a tile. One or two rows of two registers are too few to cover the latency of a
/// multiply-add: they add every fourth or second product to one sum, so that eight are under way.
template <Index Rows, Index Vectors>
inline constexpr Index sums_of_register = Vectors == 2 && Rows <= 2 ? 4 / Rows : 1;

/// Tiles of results [Rows, Vectors * lanes], for the rows [first, last), a multiple of Rows: each stays in registers
/// while `depth` products are added to it. E is T, or what has a MultiplyAdd with sums in T.
template <Index Rows, Index Vectors, class E, class T>
__attribute__((noinline)) void micro_kernel(const IndirectOperand<E>& a, Index first, Index last, Index depth,
                                            const E* b, const Epilogue<T>& epilogue, const IndirectOutput<T>& c) {
  using Step = MultiplyAdd<E>;
  constexpr Index width = Vectors * lanes<T>, apart = sums_of_register<Rows, Vectors>;
  constexpr Index all = Rows * Vectors;
  using Tile = Array<Vector<T>, all>;  // [Rows, Vectors]
  // Arrays that live in registers: every loop over one is unrolled. (By pragmas, since `unroll` would make a dozen
  // functions for each of these kernels, and they are many.)
  Array<Vector<T>, Vectors> start = {};
  if (epilogue.bias) {
#pragma GCC unroll 16
    for (Index v = 0; v < Vectors; ++v) start[v] = load(epilogue.bias + v * lanes<T>);
  }
  const Index* const k_offsets = a.k_offsets;
  const Index* from = a.row_offsets + first;
  const Index* to = c.row_offsets + first;
  for (Index i = first; i < last; i += Rows, from += Rows, to += Rows) {
    Array<const E*, Rows> row;
#pragma GCC unroll 16
    for (Index r = 0; r < Rows; ++r) row[r] = a.data + from[r];
    Array<Tile, apart> sums = {};
#pragma GCC unroll 16
    for (Index t = 0; t < all; ++t) sums[0][t] = start[t % Vectors];
    const E* right = b;
    const auto add = [&](Index k, Tile & to_sums) __attribute__((always_inline)) {
      const Index k_offset = k_offsets[k];
      Array<decltype(Step::right(right)), Vectors> factors;
#pragma GCC unroll 16
      for (Index v = 0; v < Vectors; ++v) factors[v] = Step::right(right + v * lanes<T> * Step::elements);
#pragma GCC unroll 16
      for (Index r = 0; r < Rows; ++r) {
        const auto left = Step::left(row[r] + k_offset);
#pragma GCC unroll 16
        for (Index v = 0; v < Vectors; ++v)
          to_sums[r * Vectors + v] = Step::add(to_sums[r * Vectors + v], left, factors[v]);
      }
      right += width * Step::elements;
    };
    Index k = 0;
    if constexpr (apart > 1) {
      for (; k + apart <= depth; k += apart) {
#pragma GCC unroll 16
        for (Index s = 0; s < apart; ++s) add(k + s, sums[s]);
      }
    }
    for (; k < depth; ++k) add(k, sums[0]);
#pragma GCC unroll 16
    for (Index t = all; t < apart * all; ++t) sums[0][t % all] += sums[t / all][t % all];
    Array<T*, Rows> place;
#pragma GCC unroll 16
    for (Index r = 0; r < Rows; ++r) place[r] = c.data + to[r];
    const auto at = [&](Index t) { return place[t / Vectors] + t % Vectors * lanes<T>; };
    if (epilogue.mode == WriteMode::accumulate) {
#pragma GCC unroll 16
      for (Index t = 0; t < all; ++t) sums[0][t] += load(at(t));
    }
    if (epilogue.activation == Activation::relu) {
#pragma GCC unroll 16
      for (Index t = 0; t < all; ++t) sums[0][t] = Relu<T>::forward(sums[0][t]);
    }
#pragma GCC unroll 16
    for (Index t = 0; t < all; ++t) store(at(t), sums[0][t]);
    // Longer functions in registers would spill the tile; its results are still in the nearest cache.
    if (epilogue.activation > Activation::relu)
      for (Index r = 0; r < Rows; ++r) activate(epilogue.activation, c.data + to[r], width);
  }
}

/// Calls the micro-kernel for tiles of `height` rows.
template <Index Vectors, class E, class T>
void micro_kernel_of_rows(Index height, const IndirectOperand<E>& a, Index first, Index last, Index depth, const E* b,
                          const Epilogue<T>& epilogue, const IndirectOutput<T>& c) {
  unroll_with_constants<mr>([&](auto r) {
    if (height == r + 1) micro_kernel<r + 1, Vectors>(a, first, last, depth, b, epilogue, c);
  });
}

/// All rows of a panel of `Vectors` registers. They are shared out evenly: 49 are seven tiles of 7, not six of 8 and
/// one of 1.
template <Index Vectors, class E, class T>
void whole_panel(const IndirectOperand<E>& a, Index rows, Index depth, const E* b, const Epilogue<T>& epilogue,
                 const IndirectOutput<T>& c) {
  if (rows <= 0) return;
  const Index tiles = (rows + mr - 1) / mr;
  const Index fewer = rows / tiles;
  const Index split = rows % tiles * (fewer + 1);
  if (split > 0) micro_kernel_of_rows<Vectors>(fewer + 1, a, 0, split, depth, b, epilogue, c);
  micro_kernel_of_rows<Vectors>(fewer, a, split, rows, depth, b, epilogue, c);
}

/// The results of some rows at the edge of c, where a panel has fewer columns than its registers: from memory, where
/// they have their bias, to c.
template <class T>
void store_edge(const T* sums, Index width, Index rows, Index columns, const Epilogue<T>& epilogue,
                const IndirectOutput<T>& c) {
  for (Index i = 0; i < rows; ++i, sums += width) {
    T* const to = c.data + c.row_offsets[i];
    for (Index j = 0; j < columns; j += lanes<T>) {
      const Index count = std::min(lanes<T>, columns - j);
      Vector<T> x = load(sums + j);
      if (epilogue.mode == WriteMode::accumulate) x += load(to + j, count);
      if (epilogue.activation == Activation::relu) x = Relu<T>::forward(x);
      store(to + j, x, count);
    }
    if (epilogue.activation > Activation::relu) activate(epilogue.activation, to, columns);
  }
}

/// Some rows of a panel of fewer columns than its `Vectors` registers hold: the micro-kernel, which knows whole
/// registers only, fills rows in the nearest cache, from which the wanted columns are taken. The bias fills registers.
template <Index Vectors, class E, class T>
__attribute__((noinline)) void edge_rows(const IndirectOperand<E>& a, Index rows, Index depth, const E* b,
                                         Index columns, const Epilogue<T>& epilogue, const IndirectOutput<T>& c) {
  constexpr Index width = Vectors * lanes<T>;
  constexpr Index most_rows = 4 * mr;  // at a time: 2 to 4 kB
  alignas(64) T sums[static_cast<std::size_t>(most_rows * width)];
  Array<Index, most_rows> offsets;
  for (Index i = 0; i < most_rows; ++i) offsets[i] = i * width;
  const Index parts = (rows + most_rows - 1) / most_rows;
  for (Index part = 0; part < parts; ++part) {
    const Index first = rows * part / parts;
    const Index count = rows * (part + 1) / parts - first;
    whole_panel<Vectors>(IndirectOperand<E>{a.data, a.row_offsets + first, a.k_offsets}, count, depth, b,
                         {.bias = epilogue.bias}, IndirectOutput<T>{sums, offsets});
    store_edge(sums, width, count, columns, epilogue, {c.data, c.row_offsets + first});
  }
}

/// Whether rows follow each other without a gap.
inline bool without_gap(Index rows, Index columns, const Index* row_offsets) {
  for (Index i = 1; i < rows; ++i)
    if (row_offsets[i] - row_offsets[i - 1] != columns) return false;
  return true;
}

/// A panel of fewer columns than its `Vectors` registers hold. Where rows of c follow each other without a gap, whole
/// registers are written: what is too much is the beginning of the next row, which is written after it.
template <Index Vectors, class E, class T>
void edge_panel(const IndirectOperand<E>& a, Index rows, Index depth, const E* b, Index columns,
                const Epilogue<T>& epilogue, const IndirectOutput<T>& c) {
  constexpr Index width = Vectors * lanes<T>;
  const Index overwritten = rows - (width - 1) / columns;  // rows whose registers end within c
  T bias[static_cast<std::size_t>(width)] = {};
  if (epilogue.bias) std::copy_n(epilogue.bias, columns, bias);
  const bool whole =
      overwritten > 0 && epilogue.mode == WriteMode::overwrite && without_gap(rows, columns, c.row_offsets);
  const Index first = whole ? overwritten : 0;
  // Registers that reach into the next row would get an activation for nothing: a costly one comes at the end, once.
  const bool afterwards = whole && epilogue.activation > Activation::relu;
  const Epilogue<T> filled_up{epilogue.mode, bias, afterwards ? Activation::none : epilogue.activation};
  whole_panel<Vectors>(a, first, depth, b, filled_up, c);
  edge_rows<Vectors>(IndirectOperand<E>{a.data, a.row_offsets + first, a.k_offsets}, rows - first, depth, b, columns,
                     filled_up, IndirectOutput<T>{c.data, c.row_offsets + first});
  if (afterwards) activate(epilogue.activation, c.data + c.row_offsets[0], rows * columns);
}

}  // namespace detail

/// c (+)= a b with an epilogue, on the calling thread    a [rows, depth], b [depth, columns], c [rows, columns]
///
/// b is one packed panel: its rows are lanes<T> or nr<T> elements apart, the least that holds the columns, of which
/// there are at most nr<T>. Of bfloat16, `depth` counts pairs.
template <class T, class E>
void gemm_panel(const IndirectOperand<E>& a, Index rows, Index depth, const E* b, Index columns,
                const Epilogue<T>& epilogue, const IndirectOutput<T>& c) {
  if (columns == nr<T>) return detail::whole_panel<2>(a, rows, depth, b, epilogue, c);
  if (columns == lanes<T>) return detail::whole_panel<1>(a, rows, depth, b, epilogue, c);
  if (columns > lanes<T>) return detail::edge_panel<2>(a, rows, depth, b, columns, epilogue, c);
  detail::edge_panel<1>(a, rows, depth, b, columns, epilogue, c);
}

}  // namespace latent::kernels
