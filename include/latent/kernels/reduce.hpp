#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/activation.hpp"
#include "latent/kernels/elementwise.hpp"

namespace latent::kernels {

/// Sum over i < n of f(x[i]..), where f takes and gives registers: `sum_of(n, [](auto a) { return a * a; }, x)`.
/// Pieces are cut by n alone, and added in order and in double: the result is the same for any number of threads.
template <class F, class T, class... More>
double sum_of(Index n, F f, const T* x, const More*... more) {
  constexpr Index most_pieces = 256;
  const Index piece = std::max(elementwise_piece, (n + most_pieces - 1) / most_pieces);
  double partial[most_pieces];
  parallel_pieces(n, piece, 4, [&](Index first, Index last) {
    Vector<T> sums[4] = {};
    Index i = first;
    for (; i + 4 * lanes<T> <= last; i += 4 * lanes<T>)
      unroll<4>([&](auto j) { sums[j] += f(load(x + i + j * lanes<T>), load(more + i + j * lanes<T>)...); });
    for (; i + lanes<T> <= last; i += lanes<T>) sums[0] += f(load(x + i), load(more + i)...);
    if (i < last) {
      const Vector<T> rest = f(load(x + i, last - i), load(more + i, last - i)...);
      for (Index lane = 0; lane < last - i; ++lane) sums[1][lane] += rest[lane];
    }
    double sum = 0;
    const Vector<T> all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    for (Index lane = 0; lane < lanes<T>; ++lane) sum += static_cast<double>(all[lane]);
    partial[first / piece] = sum;
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

/// out[j] += sum over i of x[i, j] on the calling thread    x [Rows, Columns]
template <class T>
void sum_columns(Index rows, Index columns, const T* x, T* out) {
  if (columns > 0 && columns < lanes<T> && lanes<T> % columns == 0) {  // fill the registers with several rows
    const Index whole = rows * columns / lanes<T>;
    T wide[lanes<T>] = {};
    sum_columns(whole, lanes<T>, x, wide);
    for (Index lane = 0; lane < lanes<T>; ++lane) out[lane % columns] += wide[lane];
    for (Index i = whole * lanes<T>; i < rows * columns; ++i) out[i % columns] += x[i];
    return;
  }
  for (Index j = 0; j < columns; j += lanes<T>) {
    const Index count = std::min(lanes<T>, columns - j);
    const T* from = x + j;
    Vector<T> sums[4] = {};  // that no addition has to wait for the one before it
    Index i = 0;
    for (; i + 4 <= rows; i += 4) unroll<4>([&](auto r) { sums[r] += load(from + (i + r) * columns, count); });
    for (; i < rows; ++i) sums[0] += load(from + i * columns, count);
    store(out + j, load(out + j, count) + ((sums[0] + sums[1]) + (sums[2] + sums[3])), count);
  }
}

/// dz = dy f'(z) for y = f(z), and dbias[j] (+)= sum over i of dz[i, j]    all [Rows, Columns]
/// Without an activation dz is dy, and not written.
template <class T>
void bias_activation_backward(Activation activation, Index rows, Index columns, const T* dy, const T* y, T* dz,
                              const Target<T>& dbias) {
  constexpr Index most_blocks = 32;  // that adding up their sums stays a small part
  const Index blocks = std::clamp<Index>(rows * columns / elementwise_piece, 1, most_blocks);
  const Index block = (rows + blocks - 1) / blocks;
  const memory::Scratch<T> partial(blocks * columns);
  std::fill_n(partial.data(), blocks * columns, T(0));
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
  T* const total = partial.data();
  for (Index b = 1; b < blocks; ++b)
    for (Index j = 0; j < columns; ++j) total[j] += total[b * columns + j];
  copy(columns, total, dbias.data, dbias.mode);
}

}  // namespace latent::kernels
