#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/activation.hpp"
#include "latent/kernels/elementwise.hpp"

namespace latent::kernels {

/// So many registers at most are added up in T, 32 to each of four sums, which go on in double: the rounding errors of
/// float stay below 1e-6 of a sum of positive terms, at any length (32 equal terms are off by 5e-7 at worst, 128 by
/// 2e-6).
inline constexpr Index terms_of_sum = 32;
inline constexpr Index sum_chunk = 4 * terms_of_sum;

namespace detail {

/// total[lane] += sum over first <= i < last of f(x[i]..) in that lane of a register, in T.
template <class F, class T, class... More>
void sum_of_chunk(Index first, Index last, F f, double* total, const T* x, const More*... more) {
  Vector<T> sums[4] = {};  // that no addition has to wait for the one before it
  Index i = first;
  for (; i + 4 * lanes<T> <= last; i += 4 * lanes<T>)
    unroll<4>([&](Index j) { sums[j] += f(load(x + i + j * lanes<T>), load(more + i + j * lanes<T>)...); });
  for (; i + lanes<T> <= last; i += lanes<T>) sums[0] += f(load(x + i), load(more + i)...);
  if (i < last) {
    const Vector<T> rest = f(load(x + i, last - i), load(more + i, last - i)...);
    for (Index lane = 0; lane < last - i; ++lane) sums[1][lane] += rest[lane];
  }
  const Vector<T> all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (Index lane = 0; lane < lanes<T>; ++lane) total[lane] += static_cast<double>(all[lane]);
}

}  // namespace detail

/// Sum over i < n of f(x[i]..), where f takes and gives registers: `sum_of(n, [](auto a) { return a * a; }, x)`.
/// Pieces are cut by n alone, and added in order and in double: the result is the same for any number of threads.
template <class F, class T, class... More>
double sum_of(Index n, F f, const T* x, const More*... more) {
  constexpr Index most_pieces = 256;
  const Index piece = std::max(elementwise_piece, (n + most_pieces - 1) / most_pieces);
  double partial[most_pieces];
  parallel_pieces(n, piece, 4, [&](Index first, Index last) {
    double total[lanes<T>] = {};
    constexpr Index chunk = sum_chunk * lanes<T>;
    for (Index i = first; i < last; i += chunk)
      detail::sum_of_chunk(i, std::min(last, i + chunk), f, total, x, more...);
    partial[first / piece] = 0;
    for (const double lane : total) partial[first / piece] += lane;
  });
  double sum = 0;
  for (Index i = 0; i * piece < n; ++i) sum += partial[i];
  return sum;
}

template <class T>
double sum(Index n, const T* x) {
  return sum_of(
      n, [](const Vector<T>& v) { return v; }, x);
}

/// Whether none is infinite or NaN.
template <class T>
bool all_finite(Index n, const T* x) {
  return sum_of(
             n, [](const Vector<T>& v) { return v * T(0); }, x) == 0;
}

/// out[j] += sum over i of x[i, j] on the calling thread    x [Rows, Columns]
template <class T>
void sum_columns(Index rows, Index columns, const T* x, double* out) {
  if (columns > 0 && columns < lanes<T> && lanes<T> % columns == 0) {  // fill the registers with several rows
    const Index whole = rows * columns / lanes<T>;
    double wide[lanes<T>] = {};
    sum_columns(whole, lanes<T>, x, wide);
    for (Index lane = 0; lane < lanes<T>; ++lane) out[lane % columns] += wide[lane];
    for (Index i = whole * lanes<T>; i < rows * columns; ++i) out[i % columns] += static_cast<double>(x[i]);
    return;
  }
  for (; rows > 0; rows -= sum_chunk, x += sum_chunk * columns) {
    const Index chunk = std::min(rows, sum_chunk);
    for (Index j = 0; j < columns; j += lanes<T>) {
      const Index count = std::min(lanes<T>, columns - j);
      const T* from = x + j;
      Vector<T> sums[4] = {};
      Index i = 0;
      for (; i + 4 <= chunk; i += 4) unroll<4>([&](Index r) { sums[r] += load(from + (i + r) * columns, count); });
      for (; i < chunk; ++i) sums[0] += load(from + i * columns, count);
      const Vector<T> all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
      for (Index lane = 0; lane < count; ++lane) out[j + lane] += static_cast<double>(all[lane]);
    }
  }
}

/// y[o, j] = sum over i of x[o, i, j]    x [Outer, N, Inner], y [Outer, Inner]
/// Blocks are cut by the sizes alone and added in order: the result is the same for any number of threads.
template <class T>
void sum_axis(Index outer, Index n, Index inner, const T* x, double* y) {
  constexpr Index most_blocks = 64;
  const Index blocks =
      std::clamp<Index>(n * inner / elementwise_piece, 1, most_blocks / std::clamp<Index>(outer, 1, most_blocks));
  const Index block = (n + blocks - 1) / blocks;
  const memory::Scratch<double> partial(blocks > 1 ? outer * blocks * inner : 0);
  double* const sums = blocks > 1 ? partial.data() : y;
  std::fill_n(sums, outer * blocks * inner, 0.0);
  const Index piece = std::max<Index>(elementwise_piece / std::max<Index>(block * inner, 1), 1);
  parallel_pieces(outer * blocks, piece, static_cast<double>(block * inner), [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const Index begin = std::min(i % blocks * block, n);
      sum_columns(std::min(block, n - begin), inner, x + (i / blocks * n + begin) * inner, sums + i * inner);
    }
  });
  if (blocks == 1) return;
  std::fill_n(y, outer * inner, 0.0);
  for (Index i = 0; i < outer * blocks; ++i)
    for (Index j = 0; j < inner; ++j) y[i / blocks * inner + j] += sums[i * inner + j];
}

/// y (+)= sums, n elements
template <class T>
void store_sums(Index n, const double* sums, const Target<T>& y) {
  parallel_pieces(n, elementwise_piece, 8, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i)
      y.data[i] = y.mode == WriteMode::overwrite ? static_cast<T>(sums[i]) : static_cast<T>(y.data[i] + sums[i]);
  });
}

/// dz = dy f'(z) for y = f(z), and dbias[j] (+)= sum over i of dz[i, j]    all [Rows, Columns]
/// Without an activation dz is dy, and not written.
template <class T>
void bias_activation_backward(Activation activation, Index rows, Index columns, const T* dy, const T* y, T* dz,
                              const Target<T>& dbias) {
  constexpr Index most_blocks = 32;  // that adding up their sums stays a small part
  const Index blocks = std::clamp<Index>(rows * columns / elementwise_piece, 1, most_blocks);
  const Index block = (rows + blocks - 1) / blocks;
  const memory::Scratch<double> partial(blocks * columns);
  std::fill_n(partial.data(), blocks * columns, 0.0);
  parallel_for(blocks, 4 * static_cast<double>(block * columns), [&](Index b) {
    const Index first = b * block;
    const Index count = std::min(block, rows - first);
    if (count <= 0) return;
    const T* from = dy + first * columns;
    if (activation != Activation::none) {
      activation_backward(activation, count * columns, from, y + first * columns, dz + first * columns);
      from = dz + first * columns;
    }
    if (dbias) sum_columns(count, columns, from, partial.data() + b * columns);
  });
  if (!dbias) return;
  double* const total = partial.data();
  for (Index b = 1; b < blocks; ++b)
    for (Index j = 0; j < columns; ++j) total[j] += total[b * columns + j];
  store_sums(columns, total, dbias);
}

}  // namespace latent::kernels
