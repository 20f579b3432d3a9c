#pragma once

#include "latent/kernels/packed_matrix.hpp"

namespace latent::kernels {

/// c (+)= a b^T with an epilogue, on the calling thread    a [m, k], b [n, k], c [m, n], rows of each as far apart as
/// told, their elements next to each other
///
/// For so few rows that packing b would cost more than the products: b is read where it is, once for each row of a. A
/// register adds up every lanes-th product; a square of them, transposed and added, is a register of results. Each lane
/// adds 128 products at most; such blocks of k are added with what rounding loses (Kahan, "Further remarks on reducing
/// truncation errors", 1965), so that errors do not grow with k.
template <class T>
void gemm_few_rows(Index m, Index n, Index k, const T* a, Index a_stride, const T* b, Index b_stride,
                   const Epilogue<T>& epilogue, T* c, Index c_stride) {
  for (Index j = 0; j < n; j += lanes<T>) {
    const Index count = std::min(lanes<T>, n - j);
    const T* row[lanes<T>];  // those beyond the last repeat it, to read nothing foreign
    for (Index lane = 0; lane < lanes<T>; ++lane) row[lane] = b + (j + std::min(lane, count - 1)) * b_stride;
    for (Index i = 0; i < m; ++i) {
      const T* const left = a + i * a_stride;
      Vector<T> y{}, lost{};
      Index l = 0;
      do {
        const Index last = std::min(k, l + 128 * lanes<T>);
        Square<T> sums = {};
        for (; l + lanes<T> <= last; l += lanes<T>) {
          const Vector<T> factor = load(left + l);
          unroll<lanes<T>>([&](Index lane) { sums[lane] += factor * load(row[lane] + l); });
        }
        if (l < last) {
          const Vector<T> factor = load(left + l, last - l);
          unroll<lanes<T>>([&](Index lane) { sums[lane] += factor * load(row[lane] + l, last - l); });
          l = last;
        }
        transpose<T>(sums);
        for (Index apart = 1; apart < lanes<T>; apart *= 2)
          for (Index lane = 0; lane < lanes<T>; lane += 2 * apart) sums[lane] += sums[lane + apart];
        const Vector<T> before = y;
        y = opaque<T>(y + sums[0]);
        const Vector<T> rest = sums[0] - opaque<T>(y - before);
        lost += rest == rest ? rest : Vector<T>{};  // NaN where y is infinite
      } while (l < k);
      y += lost;
      T* const to = c + i * c_stride + j;
      if (epilogue.bias) y += load(epilogue.bias + j, count);
      if (epilogue.mode == WriteMode::accumulate) y += load(to, count);
      store(to, y, count);
      activate(epilogue.activation, to, count);
    }
  }
}

}  // namespace latent::kernels
