#pragma once

#include <algorithm>
#include <array>

#include "latent/kernels/activation.hpp"

namespace latent::kernels {

/// What becomes of the sums of a product: y = activation(sums + bias), or y += sums + bias. `bias` may be null.
template <class T>
struct Finish {
  Into into = Into::overwrite;
  const T* bias = nullptr;
  Activation activation = Activation::none;
};

/// The left operand of a product: element (i, k) is data[row[i] + step[k]]. So a row may be a matrix row, a matrix
/// column, or the numbers under a convolution kernel.
template <class T>
struct LeftOperand {
  const T* data;
  const Index* row;
  const Index* step;
};

/// Where a product puts row i of its results: data + row[i].
template <class T>
struct Results {
  T* data;
  const Index* row;
};

/// Rows of a tile of results: with two registers each, room for the operands is left.
inline constexpr Index tile_rows = vector_registers >= 32 ? 8 : 6;

/// Columns of the right operand that are multiplied at a time.
template <class T>
inline constexpr Index panel_columns = 2 * lanes<T>;

namespace detail {

/// The one micro-kernel, below the matrix product, the convolutions and the LSTM: tiles of results
/// [Rows, Vectors * lanes] stay in registers while products are added to them.
template <Index Rows, Index Vectors, class T>
__attribute__((noinline)) void multiply_tiles(const LeftOperand<T>& a, Index first, Index last, Index length,
                                              const T* b, Index columns, const Finish<T>& finish, const Results<T>& c) {
  constexpr Index width = Vectors * lanes<T>;
  std::array<Index, Vectors> valid;
  std::array<Vector<T>, Vectors> start{};
  unroll<Vectors>([&](auto v) {
    valid[v] = std::clamp(columns - v * lanes<T>, Index{0}, lanes<T>);
    if (finish.bias) start[v] = load(finish.bias + v * lanes<T>, valid[v]);
  });
  const bool accumulate = finish.into == Into::accumulate;
  const Activation activation = finish.activation;
  const Index* const steps = a.step;
  const Index* from = a.row + first;
  const Index* to = c.row + first;
  for (Index i = first; i < last; i += Rows, from += Rows, to += Rows) {
    std::array<const T*, Rows> row;
    std::array<std::array<Vector<T>, Vectors>, Rows> sums;
    unroll<Rows>([&](auto r) {
      row[r] = a.data + from[r];
      unroll<Vectors>([&](auto v) { sums[r][v] = start[v]; });
    });
    const T* right = b;
    for (Index k = 0; k < length; ++k, right += width) {
      const Index step = steps[k];
      std::array<Vector<T>, Vectors> factors;
      unroll<Vectors>([&](auto v) { factors[v] = load(right + v * lanes<T>); });
      unroll<Rows>([&](auto r) {
        const T left = row[r][step];
        unroll<Vectors>([&](auto v) { sums[r][v] += left * factors[v]; });
      });
    }
    std::array<T*, Rows> place;
    unroll<Rows>([&](auto r) { place[r] = c.data + to[r]; });
    if (accumulate)
      unroll<Rows>(
          [&](auto r) { unroll<Vectors>([&](auto v) { sums[r][v] += load(place[r] + v * lanes<T>, valid[v]); }); });
    if (activation == Activation::relu)
      unroll<Rows>([&](auto r) { unroll<Vectors>([&](auto v) { sums[r][v] = relu<T>(sums[r][v]); }); });
    if (columns == width) {
      unroll<Rows>([&](auto r) { unroll<Vectors>([&](auto v) { store(place[r] + v * lanes<T>, sums[r][v]); }); });
    } else {
      unroll<Rows>(
          [&](auto r) { unroll<Vectors>([&](auto v) { store(place[r] + v * lanes<T>, sums[r][v], valid[v]); }); });
    }
    if (activation > Activation::relu) unroll<Rows>([&](auto r) { activate(activation, place[r], columns); });
  }
}

template <Index Vectors, class T>
void multiply_tiles_of(Index rows, const LeftOperand<T>& a, Index first, Index last, Index length, const T* b,
                       Index columns, const Finish<T>& finish, const Results<T>& c) {
  unroll<tile_rows>([&](auto r) {
    if (rows == r + 1) multiply_tiles<r + 1, Vectors>(a, first, last, length, b, columns, finish, c);
  });
}

}  // namespace detail

/// c (+)= a b, finished    a [rows, length], b [length, width], c [rows, columns]
///
/// b is packed: its rows are `width` = lanes or panel_columns apart, the least that holds the columns. The rows are
/// shared out evenly: 49 are seven tiles of 7, not six of 8 and one.
template <class T>
void multiply(const LeftOperand<T>& a, Index rows, Index length, const T* b, Index columns, const Finish<T>& finish,
              const Results<T>& c) {
  if (rows <= 0) return;
  const Index tiles = (rows + tile_rows - 1) / tile_rows;
  const Index fewer = rows / tiles;
  const Index split = rows % tiles * (fewer + 1);
  const auto run = [&](Index size, Index first, Index last) {
    if (first == last) return;
    if (columns <= lanes<T>) {
      detail::multiply_tiles_of<1>(size, a, first, last, length, b, columns, finish, c);
    } else {
      detail::multiply_tiles_of<2>(size, a, first, last, length, b, columns, finish, c);
    }
  };
  run(fewer + 1, 0, split);
  run(fewer, split, rows);
}

}  // namespace latent::kernels
