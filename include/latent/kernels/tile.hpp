#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>

#include "latent/kernels/simd.hpp"

namespace latent::kernels {

/// Rows of a tile: two registers of results each, and room for the operands.
inline constexpr Index tile_rows = vector_registers >= 32 ? 8 : 6;
using RowOffsets = std::array<Index, static_cast<std::size_t>(tile_rows)>;

/// The one micro-kernel below the matrix product, the convolutions and the LSTM: a tile of results
/// [tile_rows, Vectors * lanes] that stays in registers while products are added to it.
///
///     acc[r][j] += sum over k < length of a[row[r] + k * a_step] * b[k * b_step + j]
///
/// The rows of `a` may lie anywhere, so a row is a matrix row, a matrix column, or the pixels under a
/// convolution kernel.
template <class T, int Vectors>
class Tile {
 public:
  static constexpr Index columns = Vectors * lanes<T>;

  void zero() {
    each([](Vector<T>& acc, auto) { acc = Vector<T>{}; });
  }

  /// Every row begins as the same `columns` numbers.
  void broadcast(const T* row) {
    each([row](Vector<T>& acc, auto v) { acc = load(row + v * lanes<T>); });
  }

  /// Adds the products of one run. Functions that call it are marked `flatten`: inlined, the tile stays in registers.
  void add_products(const T* a, const RowOffsets& rows, Index a_step, const T* b, Index b_step, Index length) {
    constexpr Index one_run[] = {0};
    if (a_step == 1) {
      add(a, rows, std::integral_constant<Index, 1>{}, one_run, b, b_step, length);
    } else {
      add(a, rows, a_step, one_run, b, b_step, length);
    }
  }

  /// Adds those of several runs: run s begins at a + starts[s], and b goes on through all of them.
  /// A function of its own, since g++ keeps the tile in registers through two nested loops only there.
  __attribute__((noinline, flatten)) void add_runs(const T* a, const RowOffsets& rows, Index a_step,
                                                   std::span<const Index> starts, const T* b, Index b_step,
                                                   Index length) {
    if (a_step == 1) {
      add(a, rows, std::integral_constant<Index, 1>{}, starts, b, b_step, length);
    } else {
      add(a, rows, a_step, starts, b, b_step, length);
    }
  }

  /// Writes the first `rows` rows, `valid` numbers of each, to c(r).
  template <class RowOf>
  void write(Index rows, Index valid, Into into, RowOf&& c) const {
    if (valid == columns) {
      unroll<tile_rows>([&](auto r) {
        if (r >= rows) return;
        T* to = c(r);
        unroll<Vectors>([&](auto v) {
          T* part = to + v * lanes<T>;
          store(part, into == Into::accumulate ? load(part) + acc_[r][v] : acc_[r][v]);
        });
      });
      return;
    }
    // Through memory, since registers cannot be chosen at run time.
    alignas(64) T results[tile_rows * columns];
    unroll<tile_rows>([&](auto r) {
      unroll<Vectors>([&](auto v) { store(results + r * columns + v * lanes<T>, acc_[r][v]); });
    });
    for (Index r = 0; r < rows; ++r) {
      T* to = c(r);
      for (Index j = 0; j < valid; ++j) to[j] = results[r * columns + j] + (into == Into::accumulate ? to[j] : T(0));
    }
  }

 private:
  template <class Step>
  void add(const T* a, const RowOffsets& rows, Step a_step, std::span<const Index> starts, const T* b, Index b_step,
           Index length) {
    const RowOffsets row = rows;
    auto acc = acc_;
    for (const Index start : starts) {
      const T* from = a + start;
      for (Index k = 0; k < length; ++k) {
        std::array<Vector<T>, Vectors> right;
        unroll<Vectors>([&](auto v) { right[v] = load(b + v * lanes<T>); });
        unroll<tile_rows>([&](auto r) {
          const T left = from[row[r]];
          unroll<Vectors>([&](auto v) { acc[r][v] += left * right[v]; });
        });
        from += a_step;
        b += b_step;
      }
    }
    acc_ = acc;
  }

  template <class F>
  void each(F f) {
    unroll<tile_rows>([&](auto r) { unroll<Vectors>([&](auto v) { f(acc_[r][v], v); }); });
  }

  std::array<std::array<Vector<T>, Vectors>, tile_rows> acc_;
};

}  // namespace latent::kernels
