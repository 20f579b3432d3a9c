#pragma once

#include <cstdint>

#include "latent/core/memory.hpp"
#include "latent/kernels/elementwise.hpp"

/// The largest or smallest elements, and where they are. The first of equal ones counts, and NaN before any number.
namespace latent::kernels {

namespace detail {

/// Whether v takes the place of `best`, which comes before it.
template <bool Largest, class T>
bool takes_place(T v, T best) {
  const bool beyond = Largest ? v > best : v < best;
  return beyond | ((v != v) & (best == best));
}

/// The best of n rows of `columns` elements, `stride` apart, on the calling thread.
template <bool Largest, class T>
void extrema_of_rows(Index n, Index columns, Index stride, const T* x, T* values, std::int64_t* places) {
  if (columns == 1) {
    T best = *x;
    Index place = 0;
    for (Index i = 1; i < n; ++i)
      if (takes_place<Largest>(x[i * stride], best)) best = x[(place = i) * stride];
    *values = best;
    *places = place;
    return;
  }
  std::copy_n(x, columns, values);
  std::fill_n(places, columns, 0);
  for (Index i = 1; i < n; ++i)
    for (Index j = 0; j < columns; ++j) {
      const T v = x[i * stride + j];
      const bool better = takes_place<Largest>(v, values[j]);
      values[j] = better ? v : values[j];
      places[j] = better ? i : places[j];
    }
}

}  // namespace detail

/// values[o, j] = the largest, or smallest, of x[o, i, j] over i; places[o, j] = the first i where it is
/// x [Outer, N, Inner] with N at least 1; values, places [Outer, Inner]
template <bool Largest, class T>
void extrema(Index outer, Index n, Index inner, const T* x, T* values, std::int64_t* places) {
  constexpr Index most_columns = 512;  // that values and places stay in the nearest cache
  const Index parts = (inner + most_columns - 1) / most_columns;
  const Index columns = std::min(inner, most_columns);
  const Index piece = std::max<Index>(elementwise_piece / std::max<Index>(n * columns, 1), 1);
  parallel_pieces(outer * parts, piece, 2 * static_cast<double>(n * columns), [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const Index o = i / parts, j = i % parts * most_columns;
      detail::extrema_of_rows<Largest>(n, std::min(most_columns, inner - j), inner, x + o * n * inner + j,
                                       values + o * inner + j, places + o * inner + j);
    }
  });
}

/// The largest, or smallest, of n elements, n at least 1, and the first place where it is.
template <bool Largest, class T>
void extremum(Index n, const T* x, T& value, std::int64_t& place) {
  const Index pieces = (n + elementwise_piece - 1) / elementwise_piece;
  const memory::Scratch<T> values(pieces);
  const memory::Scratch<std::int64_t> places(pieces);
  parallel_pieces(n, elementwise_piece, 2, [&](Index first, Index last) {
    const Index i = first / elementwise_piece;
    detail::extrema_of_rows<Largest>(last - first, Index{1}, Index{1}, x + first, values.data() + i, places.data() + i);
  });
  detail::extrema_of_rows<Largest, T>(pieces, 1, 1, values.data(), &value, &place);
  place = place * elementwise_piece + places[place];
}

}  // namespace latent::kernels
