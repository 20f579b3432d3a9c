#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/bfloat16.hpp"
#include "latent/kernels/packed_matrix.hpp"

/// Packed matrices of float whose operands are rounded to bfloat16. A pair has the elements k and k + 1, so a step of
/// the micro-kernel does twice as much. Of the right operand, pairs are packed where float would be, in half the room;
/// the left one is rounded and laid into pairs for each product, by its tables of offsets.
namespace latent::kernels::detail {

/// Some elements of a row of b, the others zero.
inline Vector<float> row_part(const MatrixView<float>& b, Index k, Index j, Index count) {
  if (b.column_stride == 1) return load(b.at(k, j), count);
  float part[lanes<float>] = {};
  for (Index lane = 0; lane < count; ++lane) part[lane] = *b.at(k, j + lane);
  return load(part);
}

/// Copies b [rows, columns] into a panel behind `packed` rows. Where these are odd, its first row completes pairs.
inline void pack_bfloat16(const MatrixView<float>& b, Index rows, Index columns, Index packed, float* panel) {
  constexpr Index lane_count = lanes<float>;
  const Index width = panel_width<float>(columns);
  for (Index v = 0; v < width; v += lane_count) {
    const Index count = std::min(lane_count, columns - v);
    auto* to = reinterpret_cast<std::uint32_t*>(panel) + packed / 2 * width + v;
    Index k = 0;
    if (packed % 2 == 1 && rows > 0) {
      store(to, load(to) | bfloat16_pairs(Vector<float>{}, row_part(b, k++, v, count)));
      to += width;
    }
    if (b.row_stride == 1 && count == lane_count)
      for (; k + 2 * lane_count <= rows; k += 2 * lane_count) {
        Square<std::uint32_t> square;
        unroll<lane_count>([&](Index j) {
          const float* const column = b.at(k, v + j);
          square[j] = bfloat16_row(load(column), load(column + lane_count));
        });
        transpose<std::uint32_t>(square);
        unroll<lane_count>([&](Index i) { store(to + i * width, square[i]); });
        to += lane_count * width;
      }
    for (; k < rows; k += 2, to += width)
      store(to,
            bfloat16_pairs(row_part(b, k, v, count), k + 1 < rows ? row_part(b, k + 1, v, count) : Vector<float>{}));
  }
}

/// Whether the elements of each pair are neighbours in memory.
inline bool neighbours_in_pairs(const Index* k_offsets, Index depth) {
  if (depth % 2 != 0) return false;
  for (Index k = 0; k < depth; k += 2)
    if (k_offsets[k + 1] != k_offsets[k] + 1) return false;
  return true;
}

/// A left operand [rows, depth] in bfloat16, laid out anew: room for some rows, and its tables.
class Bfloat16Rows {
 public:
  static constexpr Index most_rows = 16 * mr;  // they stay in the second-level cache while all panels go by

  explicit Bfloat16Rows(Index depth)
      : depth_(depth),
        // An odd number of cache lines, as in recurrent.hpp.
        stride_(((depth + line - 1) / line | 1) * line),
        space_(std::max(most_rows * stride_, (depth + 1) * most_rows_filled_up) + 2 * lanes<float>),
        k_offsets_((depth + 1) / 2),
        gathered_(depth) {}

  /// Rounds `count` rows of a, from `first` on.
  IndirectOperand<Bfloat16> operator()(const IndirectOperand<float>& a, Index first, Index count) {
    const Index* const rows = a.row_offsets + first;
    const bool in_rows = without_gap(depth_, 1, a.k_offsets);
    if (!in_rows && without_gap(count, 1, rows)) {
      lay_columns(a, rows[0], count);
    } else {
      lay_rows(a, rows, count, in_rows);
    }
    return {space_.data(), row_offsets_.data(), k_offsets_.data()};
  }

 private:
  static constexpr Index line = memory::alignment / static_cast<Index>(sizeof(Bfloat16));
  static constexpr Index most_rows_filled_up = (most_rows + lanes<float> - 1) / lanes<float> * lanes<float>;

  /// Row after row; elements that do not lie next to each other are gathered first.
  void lay_rows(const IndirectOperand<float>& a, const Index* rows, Index count, bool in_rows) {
    fill_offsets(row_offsets_.data(), count, stride_);
    fill_offsets(k_offsets_.data(), (depth_ + 1) / 2, 2);
    for (Index i = 0; i < count; ++i) {
      const float* row = a.data + rows[i];
      if (in_rows) {
        row += depth_ > 0 ? a.k_offsets[0] : 0;
      } else {
        for (Index k = 0; k < depth_; ++k) gathered_[k] = row[a.k_offsets[k]];
        row = gathered_.data();
      }
      round_to_bfloat16(depth_, row, space_.data() + i * stride_);
    }
  }

  /// Rows are neighbours in memory: pairs of all rows for one k after the other.
  void lay_columns(const IndirectOperand<float>& a, Index row, Index count) {
    const Index filled_up = (count + lanes<float> - 1) / lanes<float> * lanes<float>;
    fill_offsets(row_offsets_.data(), count, 2);
    fill_offsets(k_offsets_.data(), (depth_ + 1) / 2, 2 * filled_up);
    Bfloat16* to = space_.data();
    for (Index k = 0; k < depth_; k += 2)
      for (Index i = 0; i < count; i += lanes<float>, to += 2 * lanes<float>) {
        const Index part = std::min(lanes<float>, count - i);
        const float* const from = a.data + row + i;
        const Bfloat16Pairs pairs =
            bfloat16_pairs(load(from + a.k_offsets[k], part),
                           k + 1 < depth_ ? load(from + a.k_offsets[k + 1], part) : Vector<float>{});
        std::memcpy(to, &pairs, sizeof pairs);
      }
  }

  Index depth_, stride_;
  memory::Scratch<Bfloat16> space_;
  memory::Scratch<Index> k_offsets_;
  memory::Scratch<float> gathered_;
  std::array<Index, most_rows> row_offsets_;
};

/// All panels: c (+)= a b, `depth` being the rows of b before they were paired.
inline void multiply_panels(const IndirectOperand<Bfloat16>& a, Index m, Index depth, Index columns,
                            const float* panels, const Epilogue<float>& epilogue, const IndirectOutput<float>& c) {
  constexpr Index most_pairs = 256;  // 512 products, as in packed_matrix.hpp
  constexpr Index width = nr<float>;
  const Index pairs = (depth + 1) / 2;
  const Index parts = std::max<Index>((pairs + most_pairs - 1) / most_pairs, 1);
  for (Index j = 0; j < columns; j += width) {
    const Index count = std::min(width, columns - j);
    const auto* const panel = reinterpret_cast<const Bfloat16*>(panels + j * depth);
    for (Index part = 0; part < parts; ++part) {
      const Index k = pairs * part / parts;
      gemm_panel(IndirectOperand<Bfloat16>{a.data, a.row_offsets, a.k_offsets + k}, m, pairs * (part + 1) / parts - k,
                 panel + 2 * k * panel_width<float>(count), count,
                 epilogue.from_column(j).of_part(part == 0, part + 1 == parts),
                 IndirectOutput<float>{c.data + j, c.row_offsets});
    }
  }
}

/// A left operand whose pairs are neighbours where it is, and which reads most elements several times, as overlapping
/// windows of images do: all that it spans is rounded, and its tables serve as they are. False if it is none of these.
inline bool multiply_in_place(const IndirectOperand<float>& a, Index m, Index depth, Index columns, const float* panels,
                              const Epilogue<float>& epilogue, const IndirectOutput<float>& c) {
  if (m == 0 || depth == 0 || !neighbours_in_pairs(a.k_offsets, depth)) return false;
  const auto [first_row, last_row] = std::minmax_element(a.row_offsets, a.row_offsets + m);
  const auto [first_k, last_k] = std::minmax_element(a.k_offsets, a.k_offsets + depth);
  const Index begin = *first_row + *first_k, span = *last_row + *last_k + 1 - begin;
  if (span > m * depth) return false;
  const memory::Scratch<Bfloat16> rounded(span + 2 * lanes<float>);
  const memory::Scratch<Index> k_offsets(depth / 2);
  for (Index k = 0; k < depth; k += 2) k_offsets[k / 2] = a.k_offsets[k] - begin;
  round_to_bfloat16(span, a.data + begin, rounded.data());
  multiply_panels({rounded.data(), a.row_offsets, k_offsets.data()}, m, depth, columns, panels, epilogue, c);
  return true;
}

/// c (+)= a b with an epilogue, on the calling thread    a [m, depth], b [depth, columns] packed, c [m, columns]
inline void multiply_bfloat16(const IndirectOperand<float>& a, Index m, Index depth, Index columns, const float* panels,
                              const Epilogue<float>& epilogue, const IndirectOutput<float>& c) {
  if (!without_gap(depth, 1, a.k_offsets) && multiply_in_place(a, m, depth, columns, panels, epilogue, c)) return;
  Bfloat16Rows rows(depth);
  for (Index first = 0; first < m; first += Bfloat16Rows::most_rows) {
    const Index count = std::min(Bfloat16Rows::most_rows, m - first);
    multiply_panels(rows(a, first, count), count, depth, columns, panels, epilogue, {c.data, c.row_offsets + first});
  }
}

}  // namespace latent::kernels::detail
