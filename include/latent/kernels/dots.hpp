#pragma once

#include "latent/kernels/tile.hpp"

namespace latent::kernels {

/// c[i, j] = finish(sum over k of a[i, k] b[j, k])    a [rows, length], b [columns, length], c [rows, columns], rows of
/// each as far apart as told
///
/// For so few rows that packing b would cost more than the products: each number of b is read once, where it is. A
/// register adds up every lanes-th product; a square of them, transposed and added, is a register of results.
template <class T>
void multiply_dots(const T* a, Index a_step, Index rows, const T* b, Index b_step, Index columns, Index length,
                   const Finish<T>& finish, T* c, Index c_step) {
  for (Index j = 0; j < columns; j += lanes<T>) {
    const Index count = std::min(lanes<T>, columns - j);
    std::array<const T*, lanes<T>> row;  // those beyond the last repeat it, to read nothing foreign
    for (Index lane = 0; lane < lanes<T>; ++lane)
      row[static_cast<std::size_t>(lane)] = b + (j + std::min(lane, count - 1)) * b_step;
    for (Index i = 0; i < rows; ++i) {
      const T* const left = a + i * a_step;
      std::array<Vector<T>, lanes<T>> sums{};
      Index k = 0;
      for (; k + lanes<T> <= length; k += lanes<T>) {
        const Vector<T> factor = load(left + k);
        unroll<lanes<T>>([&](auto lane) { sums[lane] += factor * load(row[lane] + k); });
      }
      if (k < length) {
        const Vector<T> factor = load(left + k, length - k);
        unroll<lanes<T>>([&](auto lane) { sums[lane] += factor * load(row[lane] + k, length - k); });
      }
      transpose<T>(sums);
      for (Index step = 1; step < lanes<T>; step *= 2)
        for (Index lane = 0; lane < lanes<T>; lane += 2 * step)
          sums[static_cast<std::size_t>(lane)] += sums[static_cast<std::size_t>(lane + step)];
      T* const to = c + i * c_step + j;
      Vector<T> y = sums[0];
      if (finish.bias) y += load(finish.bias + j, count);
      if (finish.into == Into::accumulate) y += load(to, count);
      store(to, y, count);
      if (finish.activation != Activation::none) activate(finish.activation, to, count);
    }
  }
}

}  // namespace latent::kernels
