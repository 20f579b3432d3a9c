#pragma once

#include <optional>

#include "latent/kernels/gemm_blocked.hpp"
#include "latent/kernels/gemm_few_rows.hpp"

namespace latent::kernels {

/// c = activation(a b + bias), or c += a b + bias    a [M, K], b [K, N], c [M, N] with rows c_stride apart
///
/// The product is cut into tasks, each of which owns some rows and a panel of columns of c, or several panels, and
/// packs its own piece of b, so no task waits for another. Sums run over k in order, whatever the number of threads,
/// and long ones in double.
template <class T>
class Gemm {
 public:
  /// Nothing to do.
  Gemm() = default;

  /// Operands and result must outlive it, and so must what the epilogue names. (Not inlined: it stands three times in
  /// a Linear, and is long.)
  [[gnu::noinline]] Gemm(Index m, Index n, Index k, const MatrixView<T>& a, const MatrixView<T>& b, T* c,
                         Index c_stride, const Epilogue<T>& epilogue = {})
      : m_(m), n_(n), k_(k), a_(a), b_(b), c_(c), c_stride_(c_stride), epilogue_(epilogue) {
    // Enough tasks for several threads, but blocks of rows tall enough to make the packing of b worthwhile. Some blocks
    // even where panels would do: a thread's share is then some rows of the gradient of a weight [Out, In], those that
    // it reads forward and updates in the optimizer.
    // Products whose operands are rounded have taller blocks, and tasks of several panels: a task rounds its part of a
    // once for all of them, and of b for all its rows.
    const bool narrow = narrow_products<T>() != nullptr;
    const Index panels = (n + nr<T> - 1) / nr<T>, wanted = std::max<Index>(4, 16 / std::max(panels, Index{1}));
    blocks_ = std::clamp<Index>(m / (narrow ? least_narrow_block_rows : least_block_rows), 1, wanted);
    block_rows_ = std::max(((m + blocks_ - 1) / blocks_ + mr - 1) / mr * mr, mr);
    blocks_ = (m + block_rows_ - 1) / block_rows_;
    const Index most_groups = std::max(narrow ? 8 / std::max(blocks_, Index{1}) : panels, Index{1});
    width_ = std::max((panels + most_groups - 1) / most_groups, Index{1}) * nr<T>;
    groups_ = (n + width_ - 1) / width_;
    parts_ = std::max<Index>((k + kc - 1) / kc, 1);
    depth_ = (k + parts_ - 1) / parts_;
    fill_offsets(a_row_offsets_.data(), row_table, a.row_stride);
    fill_offsets(a_k_offsets_.data(), kc, a.column_stride);
    fill_offsets(c_row_offsets_.data(), row_table, c_stride);
  }

  /// Takes b from its panels, which lie packed as PackedMatrix has them, and must outlive it.
  void take_packed(const T* panels) { packed_ = panels; }

  /// Tasks, in any order, by any threads.
  Index tasks() const { return groups_ * blocks_; }

  /// Whether gemm_blocked is faster.
  bool blocks_pay() const { return kernels::blocks_pay(m_, n_, k_, a_); }

  /// The whole product by it.
  void in_blocks() const { gemm_blocked(m_, n_, k_, a_, b_, c_, c_stride_, epilogue_); }

  /// Multiply-adds of a task; for fewer rows than a reading of b takes as long as, those that it takes as long as.
  double work() const {
    const Index rows = std::min(block_rows_, m_);
    return static_cast<double>((rows > 0 ? std::max(rows, rows_of_reading) : 0) * std::min(width_, n_)) *
           static_cast<double>(k_);
  }

  /// Computes its part of c.
  void operator()(Index task) const {
    const auto [j, columns, first, last] = tile(task);
    const Epilogue<T> epilogue = epilogue_.from_column(j);
    if (!packed_ && m_ <= few_rows && a_.column_stride == 1 && b_.row_stride == 1 && !narrow_products<T>())
      return gemm_few_rows(m_, columns, k_, a_.data, a_.row_stride, b_.at(0, j), b_.column_stride, epilogue, c_ + j,
                           c_stride_);
    if (k_ > longest_sum) return add_in_double(first, last, j, columns, epilogue);
    Index k0 = 0;
    do {  // once even if k is 0
      add_part(k0, first, last, j, columns, epilogue.of_part(k0 == 0, k0 + depth_ >= k_),
               {c_ + first * c_stride_ + j, c_row_offsets_.data()}, c_stride_);
      k0 += depth_;
    } while (k0 < k_);
  }

  /// Parts of at most KC terms that each sum is cut into.
  Index parts() const { return parts_; }

  /// Whether these should be tasks of their own (SplitK): where few rows are multiplied by a tall matrix, so that the
  /// sums of all parts take less than half of its place. One thread alone gains nothing.
  bool split_pays() const {
    return parts_ > 1 && k_ <= longest_sum && m_ > few_rows && 2 * m_ * parts_ <= k_ && threads() > 1 &&
           epilogue_.activation == Activation::none && !epilogue_.bias;
  }

  /// Elements of a part of the sums of a task.
  Index part_size() const { return block_rows_ * width_; }

  /// A part of the sums of a task, in rows of as many columns as a task has.
  void sum_part(Index task, Index part, T* to) const {
    const auto [j, columns, first, last] = tile(task);
    std::array<Index, row_table> offsets;
    fill_offsets(offsets.data(), row_table, width_);
    add_part(part * depth_, first, last, j, columns, {}, {to, offsets.data()}, width_);
  }

  /// c = all parts of the sums of a task, each `stride` elements behind the one before: in the order in which they are
  /// added without SplitK, so to the same bits.
  void add_parts(Index task, const T* sums, Index stride) const {
    const auto [j, columns, first, last] = tile(task);
    for (Index i = first; i < last; ++i, sums += width_) {
      T* const row = c_ + i * c_stride_ + j;
      for (Index part = 0; part < parts_; ++part) {
        const bool add = part > 0 || epilogue_.mode == WriteMode::accumulate;
        for (Index l = 0; l < columns; ++l) row[l] = add ? row[l] + sums[part * stride + l] : sums[part * stride + l];
      }
    }
  }

 private:
  struct Tile {
    Index j, columns, first, last;  // rows [first, last)
  };

  Tile tile(Index task) const {
    const Index j = task % groups_ * width_, first = task / groups_ * block_rows_;
    return {j, std::min(width_, n_ - j), first, std::min(first + block_rows_, m_)};
  }

  static constexpr Index few_rows = 4;           // up to here packing costs more than it saves
  static constexpr Index rows_of_reading = 4;    // reading b takes as long as multiplying so many rows by it
  static constexpr Index least_block_rows = 64;  // packing a row of b takes 7 clocks, multiplying a row of a by it one
  static constexpr Index least_narrow_block_rows = 128;  // pairs are multiplied in half the time
  static constexpr Index row_table = 16 * mr;            // rows for one call of the micro-kernel

  /// The rows of a task times the rows of its panels from k0 on that are one part: c begins at the task's first row.
  [[gnu::noinline]] void add_part(Index k0, Index first, Index last, Index j, Index columns,
                                  const Epilogue<T>& epilogue, const IndirectOutput<T>& c, Index c_stride) const {
    alignas(64) T storage[kc * nr<T>];
    const Index depth = std::min(depth_, k_ - k0);
    std::optional<memory::Scratch<T>> several;
    T* const own = columns > nr<T> ? several.emplace(PackedMatrix<T>::size(depth, columns)).data() : storage;
    const T* packed = own;
    if (packed_) {
      packed = packed_ + j * k_ + k0 * detail::panel_width<T>(columns);
    } else {
      MatrixPacker<T>(depth, columns, own).append(b_.from(k0, j), depth);
    }
    const PackedMatrix<T> panel(depth, columns, packed);
    for (Index i = first; i < last; i += row_table)
      panel.multiply({a_.at(i, k0), a_row_offsets_.data(), a_k_offsets_.data()}, std::min(row_table, last - i),
                     epilogue, {c.data + (i - first) * c_stride, c.row_offsets});
  }

  /// The same as the rest of a task, for sums that are longer: each part, of at most kc products, is added in double.
  void add_in_double(Index first, Index last, Index j, Index columns, const Epilogue<T>& epilogue) const {
    const Index size = (last - first) * width_;
    const memory::Scratch<T> part(size);
    const memory::Scratch<double> sums(size);
    std::fill_n(part.data(), size, T(0));
    std::fill_n(sums.data(), size, 0.0);
    std::array<Index, row_table> part_offsets;
    fill_offsets(part_offsets.data(), row_table, width_);
    for (Index k0 = 0; k0 < k_; k0 += depth_) {
      add_part(k0, first, last, j, columns, {}, {part.data(), part_offsets.data()}, width_);
      for (Index i = 0; i < size; ++i) sums.data()[i] += static_cast<double>(part.data()[i]);
    }
    for (Index i = first; i < last; ++i) {
      T* const row = c_ + i * c_stride_ + j;
      for (Index column = 0; column < columns; ++column) {
        double sum = sums.data()[(i - first) * width_ + column];
        if (epilogue.bias) sum += static_cast<double>(epilogue.bias[column]);
        if (epilogue.mode == WriteMode::accumulate) sum += static_cast<double>(row[column]);
        row[column] = static_cast<T>(sum);
      }
      activate(epilogue.activation, row, columns);
    }
  }

  Index m_ = 0, n_ = 0, k_ = 0;
  MatrixView<T> a_{}, b_{};
  T* c_ = nullptr;
  Index c_stride_ = 0;
  const T* packed_ = nullptr;
  Epilogue<T> epilogue_;
  Index width_ = nr<T>, groups_ = 0, block_rows_ = 0, blocks_ = 0, parts_ = 0, depth_ = 0;
  std::array<Index, row_table> a_row_offsets_, c_row_offsets_;
  std::array<Index, kc> a_k_offsets_;
};

/// A product on all threads.
template <class T>
void gemm(const Gemm<T>& product) {
  if (product.blocks_pay()) return product.in_blocks();
  parallel_for(product.tasks(), product.work(), product);
}

template <class T>
void gemm(Index m, Index n, Index k, const MatrixView<T>& a, const MatrixView<T>& b, T* c, Index c_stride,
          const Epilogue<T>& epilogue = {}) {
  gemm(Gemm<T>(m, n, k, a, b, c, c_stride, epilogue));
}

}  // namespace latent::kernels
