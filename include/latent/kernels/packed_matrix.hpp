#pragma once

#include "latent/core/narrow_products.hpp"
#include "latent/core/parallel.hpp"
#include "latent/kernels/micro_kernel.hpp"

namespace latent::kernels {

/// A matrix somewhere in memory: element (i, j) is data[i * row_stride + j * column_stride].
/// Exchanging the strides transposes it.
template <class T>
struct MatrixView {
  const T* data;
  Index row_stride;
  Index column_stride = 1;

  /// Where element (i, j) lies.
  const T* at(Index i, Index j) const { return data + i * row_stride + j * column_stride; }
  /// The part that begins there.
  MatrixView from(Index i, Index j) const { return {at(i, j), row_stride, column_stride}; }
  /// Rows and columns exchanged.
  MatrixView transposed() const { return {data, column_stride, row_stride}; }
};

/// Products of T whose operands are rounded to fewer bits when they are packed, in a layout of their own that takes no
/// more room (matmul_precision.hpp).
template <class T>
struct NarrowProducts {
  const char* type;  ///< that operands are rounded to

  /// Packs the first `rows` rows of b into a panel, behind `packed` rows.
  void (*pack)(const MatrixView<T>& b, Index rows, Index columns, Index packed, T* panel);
  /// PackedMatrix::multiply, of a matrix [rows, columns].
  void (*multiply)(const IndirectOperand<T>& a, Index m, Index rows, Index columns, const T* panels,
                   const Epilogue<T>& epilogue, const IndirectOutput<T>& c);
  /// Rounds elements that go another way.
  void (*round)(Index count, const T* from, T* to);
};

/// Those that the calling thread computes; null for products of T as it is.
template <class T>
const NarrowProducts<T>* narrow_products() {
  if constexpr (std::is_same_v<T, float>) return latent::detail::narrow_products();
  return nullptr;
}

/// 0, stride, 2 stride, ..: the offsets of rows or columns that are equally far apart.
inline void fill_offsets(Index* to, Index count, Index stride) {
  for (Index i = 0; i < count; ++i) to[i] = i * stride;
}

namespace detail {

/// Elements from row to row of a packed panel of so many columns: whole registers.
template <class T>
constexpr Index panel_width(Index columns) {
  return columns > lanes<T> ? nr<T> : lanes<T>;
}

/// Copies b [rows, columns] into panel [rows, panel_width], filled up with zeros.
template <class T>
void pack_panel(const MatrixView<T>& b, Index rows, Index columns, T* panel) {
  const Index width = panel_width<T>(columns);
  if (b.column_stride == 1) {
    const T* from = b.data;
    for (Index k = 0; k < rows; ++k, from += b.row_stride, panel += width)
      for (Index v = 0; v < width; v += lanes<T>) store(panel + v, load(from + v, std::min(lanes<T>, columns - v)));
    return;
  }
  for (Index v = 0; v < width; v += lanes<T>) {
    const Index count = std::clamp(columns - v, Index{0}, lanes<T>);
    const T* from = b.at(0, v);
    T* to = panel + v;
    Index k = 0;
    if (b.row_stride == 1 && count == lanes<T>) {
      for (; k + lanes<T> <= rows; k += lanes<T>) {
        Square<T> square;
        unroll<lanes<T>>([&](Index j) { square[j] = load(from + k + j * b.column_stride); });
        transpose<T>(square);
        unroll<lanes<T>>([&](Index i) { store(to + (k + i) * width, square[i]); });
      }
    }
    for (; k < rows; ++k)
      for (Index j = 0; j < lanes<T>; ++j)
        to[k * width + j] = j < count ? from[k * b.row_stride + j * b.column_stride] : T(0);
  }
}

}  // namespace detail

/// The right operand [rows, columns] of a product, packed: cut into panels of nr<T> columns, one after the other, each
/// with its rows next to each other, so that the micro-kernel reads memory in order. A last panel of at most lanes<T>
/// columns is only one register wide; columns that are missing are zeros. A view: the elements are somebody else's.
template <class T>
class PackedMatrix {
 public:
  /// Of what lies packed already.
  PackedMatrix(Index rows, Index columns, const T* panels) : rows_(rows), columns_(columns), panels_(panels) {}

  /// Elements that a matrix takes when it is packed.
  static constexpr Index size(Index rows, Index columns) {
    const Index whole = columns / nr<T> * nr<T>;
    return rows * (whole + (columns > whole ? detail::panel_width<T>(columns - whole) : 0));
  }

  /// Whether so many columns of a row-major matrix whose rows are `row_stride` apart lie as if they were packed.
  static bool lies_packed(Index columns, Index row_stride) {
    return columns == row_stride && columns <= nr<T> && columns == detail::panel_width<T>(columns) &&
           !narrow_products<T>();
  }

  /// c (+)= a b with an epilogue, on the calling thread    a [m, rows], c [m, columns]
  void multiply(const IndirectOperand<T>& a, Index m, const Epilogue<T>& epilogue, const IndirectOutput<T>& c) const {
    if (const NarrowProducts<T>* const narrow = narrow_products<T>())
      return narrow->multiply(a, m, rows_, columns_, panels_, epilogue, c);
    for (Index p = 0; p < panel_count(); ++p) multiply_panel(p, 0, rows_, a, m, epilogue, c);
  }

  Index panel_count() const { return (columns_ + nr<T> - 1) / nr<T>; }  ///< panels, the last one's columns may be fewer

  /// The columns of one panel, from the rows [first, last) of b alone, which are packed in T; a [m, last - first]
  [[gnu::noinline]] void multiply_panel(Index p, Index first, Index last, const IndirectOperand<T>& a, Index m,
                                        const Epilogue<T>& epilogue, const IndirectOutput<T>& c) const {
    const Index depth = last - first, columns = panel_columns(p);
    const Index parts = std::max<Index>((depth + most_depth - 1) / most_depth, 1);
    const T* const panel = panels_ + panel_offset(p) + first * detail::panel_width<T>(columns);
    for (Index part = 0; part < parts; ++part) {
      const Index k = depth * part / parts;
      gemm_panel(IndirectOperand<T>{a.data, a.row_offsets, a.k_offsets + k}, m, depth * (part + 1) / parts - k,
                 panel + k * detail::panel_width<T>(columns), columns,
                 epilogue.from_column(p * nr<T>).of_part(part == 0, part + 1 == parts),
                 IndirectOutput<T>{c.data + p * nr<T>, c.row_offsets});
    }
  }

 protected:
  Index panel_offset(Index p) const { return p * nr<T> * rows_; }
  Index panel_columns(Index p) const { return std::min(nr<T>, columns_ - p * nr<T>); }

  Index rows_, columns_;

 private:
  static constexpr Index most_depth = 512;  // products that are added one after the other: rounding errors stay small

  const T* panels_;
};

/// A packed matrix in the making: matrices of the same columns are appended below each other until it has its rows.
template <class T>
class MatrixPacker : public PackedMatrix<T> {
 public:
  /// `storage` has room for size(rows, columns) elements.
  MatrixPacker(Index rows, Index columns, T* storage) : PackedMatrix<T>(rows, columns, storage), storage_(storage) {}

  /// Packs the first `rows` rows of b behind those that are packed already.
  [[gnu::noinline]] void append(const MatrixView<T>& b, Index rows) {
    const NarrowProducts<T>* const narrow = narrow_products<T>();
    parallel_for(this->panel_count(), static_cast<double>(rows * nr<T>), [&](Index p) {
      const Index columns = this->panel_columns(p);
      if (narrow) return narrow->pack(b.from(0, p * nr<T>), rows, columns, packed_, storage_ + this->panel_offset(p));
      detail::pack_panel(b.from(0, p * nr<T>), rows, columns,
                         storage_ + this->panel_offset(p) + packed_ * detail::panel_width<T>(columns));
    });
    packed_ += rows;
  }

 private:
  T* storage_;
  Index packed_ = 0;
};

}  // namespace latent::kernels
