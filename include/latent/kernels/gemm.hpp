#pragma once

#include "latent/kernels/dots.hpp"
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

/// The width of a packed panel of so many columns: whole registers.
template <class T>
constexpr Index panel_width(Index columns) {
  return columns > lanes<T> ? 2 * lanes<T> : lanes<T>;
}

/// Copies b[k0 .. k0 + rows, j0 .. j0 + columns] into panel [rows, panel_width], filled up with zeros.
template <class T>
void pack_panel(const MatrixIn<T>& b, Index k0, Index rows, Index j0, Index columns, T* panel) {
  const Index width = panel_width<T>(columns);
  if (b.column_step == 1) {
    const T* from = b.at(k0, j0);
    for (Index k = 0; k < rows; ++k, from += b.row_step, panel += width)
      for (Index v = 0; v < width; v += lanes<T>) store(panel + v, load(from + v, std::min(lanes<T>, columns - v)));
    return;
  }
  for (Index v = 0; v < width; v += lanes<T>) {
    const Index count = std::clamp(columns - v, Index{0}, lanes<T>);
    const T* from = b.at(k0, j0 + v);
    T* to = panel + v;
    Index k = 0;
    if (b.row_step == 1 && count == lanes<T>) {
      for (; k + lanes<T> <= rows; k += lanes<T>) {
        std::array<Vector<T>, lanes<T>> square;
        unroll<lanes<T>>([&](auto j) { square[j] = load(from + k + j * b.column_step); });
        transpose<T>(square);
        unroll<lanes<T>>([&](auto i) { store(to + (k + i) * width, square[i]); });
      }
    }
    for (; k < rows; ++k)
      for (Index j = 0; j < lanes<T>; ++j)
        to[k * width + j] = j < count ? from[k * b.row_step + j * b.column_step] : T(0);
  }
}

namespace detail {

/// 0, step, 2 step, ..
inline void fill_steps(Index* to, Index count, Index step) {
  for (Index i = 0; i < count; ++i) to[i] = i * step;
}

}  // namespace detail

/// c = activation(a b + bias), or c += a b + bias    a [M, K], b [K, N], c [M, N] with rows c_step apart
///
/// The product is cut into tasks, each of which owns some rows and one panel of columns of c and packs its own piece of
/// b, so no task waits for another. Sums run over k in order, whatever the number of threads.
template <class T>
class Gemm {
 public:
  /// Nothing to do.
  Gemm() = default;

  Gemm(Index m, Index n, Index k, const MatrixIn<T>& a, const MatrixIn<T>& b, T* c, Index c_step,
       const Finish<T>& finish = {})
      : m_(m),
        n_(n),
        k_(k),
        a_(a),
        b_(b),
        c_(c),
        c_step_(c_step),
        finish_(finish),
        panels_((n + panel_columns<T> - 1) / panel_columns<T>) {
    // Enough tasks for several threads, but blocks of rows tall enough to make the packing of b worthwhile. Some blocks
    // even where panels would do: a thread's share is then some rows of the gradient of a weight [Out, In], those that
    // it reads forward and updates in the optimizer.
    const Index wanted = std::max<Index>(4, 16 / std::max(panels_, Index{1}));
    rows_ = std::max(8 * tile_rows, ((m + wanted - 1) / wanted + tile_rows - 1) / tile_rows * tile_rows);
    blocks_ = (m + rows_ - 1) / rows_;
    const Index depths = std::max<Index>((k + most_depth - 1) / most_depth, 1);
    depth_ = (k + depths - 1) / depths;
    detail::fill_steps(a_rows_.data(), row_table, a.row_step);
    detail::fill_steps(a_steps_.data(), most_depth, a.column_step);
    detail::fill_steps(c_rows_.data(), row_table, c_step);
  }

  Index tasks() const { return panels_ * blocks_; }

  /// Multiply-adds of a task.
  double work() const {
    return static_cast<double>(std::min(rows_, m_) * std::min(panel_columns<T>, n_)) * static_cast<double>(k_);
  }

  void operator()(Index task) const {
    const Index j = task % panels_ * panel_columns<T>;
    const Index first = task / panels_ * rows_;
    const Index last = std::min(first + rows_, m_);
    const Index columns = std::min(panel_columns<T>, n_ - j);
    if (m_ <= few_rows && a_.column_step == 1 && b_.row_step == 1)
      return multiply_dots(a_.data, a_.row_step, m_, b_.at(0, j), b_.column_step, columns, k_,
                           {finish_.into, finish_.bias ? finish_.bias + j : nullptr, finish_.activation}, c_ + j,
                           c_step_);
    alignas(64) T panel[most_depth * panel_columns<T>];
    Index k0 = 0;
    do {  // once even if k is 0
      const Index length = std::min(depth_, k_ - k0);
      pack_panel(b_, k0, length, j, columns, panel);
      const Finish<T> finish{.into = k0 == 0 ? finish_.into : Into::accumulate,
                             .bias = finish_.bias && k0 == 0 ? finish_.bias + j : nullptr,
                             .activation = k0 + length == k_ ? finish_.activation : Activation::none};
      for (Index i = first; i < last; i += row_table)
        multiply(LeftOperand<T>{a_.at(i, k0), a_rows_.data(), a_steps_.data()}, std::min(row_table, last - i), length,
                 panel, columns, finish, Results<T>{c_ + i * c_step_ + j, c_rows_.data()});
      k0 += depth_;
    } while (k0 < k_);
  }

 private:
  static constexpr Index few_rows = 4;
  static constexpr Index most_depth = 256;            // a panel as deep stays near
  static constexpr Index row_table = 16 * tile_rows;  // rows for one call of the micro-kernel

  Index m_ = 0, n_ = 0, k_ = 0;
  MatrixIn<T> a_{}, b_{};
  T* c_ = nullptr;
  Index c_step_ = 0;
  Finish<T> finish_;
  Index panels_ = 0, rows_ = 0, blocks_ = 0, depth_ = 0;
  std::array<Index, row_table> a_rows_, c_rows_;
  std::array<Index, most_depth> a_steps_;
};

template <class T>
void gemm(Index m, Index n, Index k, const MatrixIn<T>& a, const MatrixIn<T>& b, T* c, Index c_step,
          const Finish<T>& finish = {}) {
  const Gemm<T> product(m, n, k, a, b, c, c_step, finish);
  parallel_for(product.tasks(), product.work(), product);
}

/// Two products that do not depend on each other, side by side.
template <class T>
void gemm_both(const Gemm<T>& one, const Gemm<T>& other) {
  const double work =
      (static_cast<double>(one.tasks()) * one.work() + static_cast<double>(other.tasks()) * other.work()) /
      static_cast<double>(std::max<Index>(one.tasks() + other.tasks(), 1));
  parallel_for(one.tasks() + other.tasks(), work,
               [&](Index task) { task < one.tasks() ? one(task) : other(task - one.tasks()); });
}

}  // namespace latent::kernels
