#pragma once

#include "latent/kernels/reduce.hpp"

/// Rows that are normalised each by itself, for LayerNorm and RMSNorm. A row stays in the nearest caches between its
/// loops, so that memory is read and written once. Variances are taken from near the mean, as those of channels.
namespace latent::kernels {

/// z = (x - mean) inverse + shift and y = z weight + bias. Arrays [Rows] of what was found of each row: its mean, which
/// is rounded to T, the inverse of its deviation, and the shift that makes up for the rounding.
template <class T>
struct RowNorm {
  T *mean, *inverse, *shift;
};

namespace detail {

/// A whole register.
template <class T>
struct WholeRegister {
  Vector<T> load(const T* from) const { return kernels::load(from); }
  void store(T* to, const Vector<T>& x) const { kernels::store(to, x); }
  Vector<T> keep(const Vector<T>& x, const Vector<T>&) const { return x; }
};

/// The last register of a row. If elements are left that fill none, it begins with elements that were met before, and
/// `keep` takes the others; a row that is shorter than a register has `count` elements.
template <class T>
struct LastRegister {
  Index count;
  IntegerVector<T> wanted;

  Vector<T> load(const T* from) const { return kernels::load(from, count); }
  void store(T* to, const Vector<T>& x) const { kernels::store(to, x, count); }
  Vector<T> keep(const Vector<T>& x, const Vector<T>& otherwise) const { return wanted ? x : otherwise; }
};

/// Calls f(j, part) for the registers of elements [first, last) of a row, `last` being a multiple of a register or
/// the row's end.
template <class T, class F>
__attribute__((always_inline)) inline void each_register_of_row(Index first, Index last, F f) {
  Index j = first;
  for (; j + lanes<T> <= last; j += lanes<T>) f(j, WholeRegister<T>{});
  if (j == last) return;
  const Index count = std::min(lanes<T>, last), seen = j > 0 ? lanes<T> - (last - j) : 0;
  IntegerVector<T> lane;
  for (Index i = 0; i < lanes<T>; ++i) lane[i] = static_cast<IntegerOf<T>>(i);
  const IntegerVector<T> wanted = (lane >= static_cast<IntegerOf<T>>(seen)) & (lane < static_cast<IntegerOf<T>>(count));
  f(last - count, LastRegister<T>{count, wanted});
}

/// Sums over a row of the registers that f(j, part) gives, an array of them. At most 32 terms are added up in T.
template <std::size_t Count, class T, class F>
__attribute__((always_inline)) inline std::array<double, Count> sums_of_row(Index columns, F f) {
  std::array<double, Count> result{};
  for (Index first = 0; first < columns; first += sum_chunk * lanes<T>) {
    const Index last = std::min(columns, first + sum_chunk * lanes<T>);
    std::array<Vector<T>, Count> sums[4] = {};
    const auto add = [&](auto& to, Index j, auto part) {
      const std::array<Vector<T>, Count> terms = f(j, part);
      for (std::size_t k = 0; k < Count; ++k) to[k] += part.keep(terms[k], Vector<T>{});
    };
    Index j = first;
    for (; j + 4 * lanes<T> <= last; j += 4 * lanes<T>)
      unroll<4>([&](auto i) { add(sums[i], j + i * lanes<T>, WholeRegister<T>{}); });
    each_register_of_row<T>(j, last, [&](Index place, auto part) { add(sums[0], place, part); });
    for (std::size_t k = 0; k < Count; ++k) {
      const Vector<T> all = (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]);
      double lane[lanes<T>];
      for (Index i = 0; i < lanes<T>; ++i) lane[i] = static_cast<double>(all[i]);
      for (Index half = lanes<T> / 2; half > 0; half /= 2)
        for (Index i = 0; i < half; ++i) lane[i] += lane[i + half];
      result[k] += lane[0];
    }
  }
  return result;
}

/// Rows that go through each of a kernel's loops together, so that one does not wait for the sums of another.
inline constexpr Index most_rows_of_piece = 64;
inline Index rows_of_piece(Index columns) {
  return std::clamp<Index>(elementwise_piece / std::max<Index>(columns, 1), 1, most_rows_of_piece);
}

/// Rows of a task that has sums of all columns.
inline Index rows_of_block(Index rows, Index columns) {
  constexpr Index most_blocks = 64;
  const Index blocks = std::clamp<Index>(std::min(rows / 16, rows * columns / (4 * elementwise_piece)), 1, most_blocks);
  return std::max<Index>((rows + blocks - 1) / blocks, 1);
}

/// sums += x, n elements, and x = 0
template <class T>
void move_to_sums(Index n, T* x, double* sums) {
  for (Index j = 0; j < n; ++j) sums[j] += static_cast<double>(x[j]);
  std::fill_n(x, n, T(0));
}

/// A row, and its z.
template <class T>
struct NormalizedRow {
  const T* x;
  T mean, inverse, shift;

  NormalizedRow(Index i, Index columns, const T* all, const RowNorm<const T>& norm)
      : x(all + i * columns), mean(norm.mean[i]), inverse(norm.inverse[i]), shift(norm.shift[i]) {}

  template <class Part>
  Vector<T> z(Index j, const Part& part) const {
    return (part.load(x + j) - mean) * inverse + shift;
  }
};

/// Mean and variance of a row; 0 for the mean, and the mean of squares, unless `centered`.
template <class T>
__attribute__((always_inline)) inline std::array<double, 2> moments_of_row(Index columns, const T* x, bool centered) {
  T near = 0;
  if (centered) {
    const Index quarter = std::min((std::max<Index>(columns / 4, 1) + lanes<T> - 1) / lanes<T> * lanes<T>, columns);
    const auto some = sums_of_row<1, T>(quarter, [=](Index j, auto part) { return std::array{part.load(x + j)}; });
    near = static_cast<T>(some[0] / static_cast<double>(quarter));
    if (!std::isfinite(near * T(128))) near = 0;  // sums of distances from it have to be finite
  }
  const auto sums = sums_of_row<2, T>(columns, [=](Index j, auto part) {
    const Vector<T> distance = part.load(x + j) - near;
    return std::array{distance, distance * distance};
  });
  const double share = 1 / static_cast<double>(columns), farther = centered ? share * sums[0] : 0;
  const double variance = share * sums[1] - farther * farther;
  return {static_cast<double>(near) + farther, variance < 0 ? 0 : variance};
}

}  // namespace detail

/// y = (x - mean) / sqrt(variance + eps) weight + bias of each row, or with 0 for the mean unless `centered`
/// x and y [Rows, Columns], weight and bias [Columns]
template <class T>
void row_norm(Index rows, Index columns, const T* x, bool centered, double eps, const T* weight, const T* bias, T* y,
              const RowNorm<T>& norm) {
  const auto piece = [=](Index first, Index last) {
    std::array<double, 2> moments[detail::most_rows_of_piece];
    for (Index i = first; i < last; ++i)
      moments[i - first] = detail::moments_of_row(columns, x + i * columns, centered);
    for (Index i = first; i < last; ++i) {
      const double mean = moments[i - first][0], inverse = 1 / std::sqrt(moments[i - first][1] + eps);
      norm.mean[i] = static_cast<T>(mean);
      norm.inverse[i] = static_cast<T>(inverse);
      const auto rounded = static_cast<double>(norm.mean[i]);
      norm.shift[i] = rounded == mean ? T(0) : static_cast<T>((rounded - mean) * inverse);
    }
    for (Index i = first; i < last; ++i) {
      const detail::NormalizedRow<T> row(i, columns, x, {norm.mean, norm.inverse, norm.shift});
      detail::each_register_of_row<T>(0, columns, [=, to = y + i * columns](Index j, auto part) {
        part.store(to + j, row.z(j, part) * part.load(weight + j) + part.load(bias + j));
      });
    }
  };
  parallel_pieces(rows, detail::rows_of_piece(columns), 12 * static_cast<double>(columns), piece);
}

/// dx (+)= inverse (g - m1 - z m2), with g = dy weight and m1 and m2 the means of g (0 unless `centered`) and of g z
template <class T>
void row_norm_backward(Index rows, Index columns, const T* dy, const T* x, bool centered, const T* weight,
                       const RowNorm<const T>& norm, const Target<T>& dx) {
  const double share = 1 / static_cast<double>(columns);
  const auto piece = [=](Index first, Index last) {
    T m1[detail::most_rows_of_piece], m2[detail::most_rows_of_piece];
    for (Index i = first; i < last; ++i) {
      const detail::NormalizedRow<T> row(i, columns, x, norm);
      const auto sums = detail::sums_of_row<2, T>(columns, [=, from = dy + i * columns](Index j, auto part) {
        const Vector<T> g = part.load(from + j) * part.load(weight + j);
        return std::array{g, g * row.z(j, part)};
      });
      m1[i - first] = static_cast<T>(centered ? share * sums[0] : 0);
      m2[i - first] = static_cast<T>(share * sums[1]);
    }
    for (Index i = first; i < last; ++i) {
      const detail::NormalizedRow<T> row(i, columns, x, norm);
      T* const to = dx.data + i * columns;
      const auto gradient = [=, from = dy + i * columns, a = m1[i - first], b = m2[i - first]](Index j,
                                                                                               const auto& part) {
        const Vector<T> g = part.load(from + j) * part.load(weight + j);
        return (g - a - row.z(j, part) * b) * row.inverse;
      };
      if (dx.mode == WriteMode::overwrite)
        detail::each_register_of_row<T>(0, columns, [=](Index j, auto part) { part.store(to + j, gradient(j, part)); });
      else
        detail::each_register_of_row<T>(0, columns, [=](Index j, auto part) {
          const Vector<T> before = part.load(to + j);
          part.store(to + j, part.keep(before + gradient(j, part), before));
        });
    }
  };
  parallel_pieces(rows, detail::rows_of_piece(columns), 16 * static_cast<double>(columns), piece);
}

/// The gradients of weight and bias: the sums of dy z and of dy over the rows    results [Columns]
template <class T>
void row_norm_sums(Index rows, Index columns, const T* dy, const T* x, const RowNorm<const T>& norm, double* dweight,
                   double* dbias) {
  const Index block = detail::rows_of_block(rows, columns), blocks = (rows + block - 1) / block;
  const memory::Scratch<double> partial(2 * blocks * columns);
  parallel_for(blocks, 8 * static_cast<double>(block * columns), [&](Index b) {
    const memory::Scratch<T> space(2 * columns);
    double* const sums = partial.data() + 2 * b * columns;
    T *const with_z = space.data(), *const once = with_z + columns;
    std::fill_n(sums, 2 * columns, 0.0);
    std::fill_n(with_z, 2 * columns, T(0));
    const Index first = b * block, last = std::min(rows, first + block);
    for (Index i = first; i < last; ++i) {
      const detail::NormalizedRow<T> row(i, columns, x, norm);
      detail::each_register_of_row<T>(0, columns, [=, from = dy + i * columns](Index j, auto part) {
        const Vector<T> d = part.load(from + j), none{};
        part.store(with_z + j, part.load(with_z + j) + part.keep(d * row.z(j, part), none));
        part.store(once + j, part.load(once + j) + part.keep(d, none));
      });
      if ((i - first) % 32 == 31) detail::move_to_sums(2 * columns, with_z, sums);
    }
    detail::move_to_sums(2 * columns, with_z, sums);
  });
  std::fill_n(dweight, columns, 0.0);
  std::fill_n(dbias, columns, 0.0);
  for (Index b = 0; b < blocks; ++b)
    for (Index j = 0; j < columns; ++j) {
      dweight[j] += partial[2 * b * columns + j];
      dbias[j] += partial[(2 * b + 1) * columns + j];
    }
}

}  // namespace latent::kernels
