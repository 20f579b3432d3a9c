#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/reduce.hpp"

/// A slope for each column, of a matrix whose rows are one behind the other.
namespace latent::kernels {

namespace detail {

/// Calls f(i, count, weights) for each register of rows * columns elements, with those of the row `weight` that belong
/// to its columns.
template <class T, class F>
void each_register_with_row(Index n, Index columns, const T* weight, F f) {
  // The row goes on behind its end as it begins, so that a register may begin at any column.
  const Index length = columns + lanes<T> - 1;
  const memory::Scratch<T> scratch(length);
  T* const repeated = scratch.data();
  for (Index j = 0; j < length; ++j) repeated[j] = weight[j % columns];
  const Index advance = lanes<T> % columns;
  parallel_pieces(n, elementwise_piece, 8, [&](Index first, Index last) {
    Index column = first % columns;
    for (Index i = first; i < last; i += lanes<T>) {
      f(i, std::min(lanes<T>, last - i), load(repeated + column));
      column += advance;
      if (column >= columns) column -= columns;
    }
  });
}

}  // namespace detail

/// y = x where x > 0, else weight x    x, y [Rows, Columns], n elements; weight [Columns]
template <class T>
void prelu(Index n, Index columns, const T* x, const T* weight, T* y) {
  detail::each_register_with_row(n, columns, weight, [=](Index i, Index count, const Vector<T>& w) {
    const Vector<T> v = load(x + i, count);
    store(y + i, v > T(0) ? v : w * v, count);
  });
}

/// dx (+)= dy where x > 0, else weight dy; then dweight[j] (+)= sum of x dy over the rows whose x is not positive
template <class T>
void prelu_backward(Index n, Index columns, const T* dy, const T* x, const T* weight, const Target<T>& dx,
                    const Target<T>& dweight) {
  if (dx)
    detail::each_register_with_row(n, columns, weight, [=](Index i, Index count, const Vector<T>& w) {
      const Vector<T> d = load(dy + i, count);
      const Vector<T> result = load(x + i, count) > T(0) ? d : w * d;
      store(dx.data + i, dx.mode == WriteMode::overwrite ? result : load(dx.data + i, count) + result, count);
    });
  if (dweight) {
    const memory::Scratch<T> products(n);
    map(
        n, products.data(), WriteMode::overwrite,
        [](const Vector<T>& d, const Vector<T>& v) { return v > T(0) ? Vector<T>{} : v * d; }, dy, x);
    const memory::Scratch<double> sums(columns);
    sum_axis<T>(1, n / columns, columns, products.data(), sums.data());
    store_sums<T>(columns, sums.data(), dweight);
  }
}

}  // namespace latent::kernels
