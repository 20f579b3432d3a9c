#pragma once

#include "latent/kernels/reduce.hpp"

/// Rows that are normalised each by itself, for LayerNorm and RMSNorm. A row stays in the nearest caches between its
/// loops, so that memory is read and written once. Variances are taken from near the mean, as those of channels.
namespace latent::kernels {

/// z = (x - mean) inverse + shift and y = z weight + bias. Arrays [Rows] of what was found of each row: its mean, which
/// is rounded to T, the inverse of its deviation, and the shift that makes up for the rounding.
template <class T>
struct RowNorm {
  T *mean, *inverse, *shift;  ///< [Rows]
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

/// Rows that go through each of a kernel's loops together: so many numbers stand on the stack.
inline constexpr Index most_rows_of_piece = 64;

/// Columns that all rows go through before the next: what belongs to them, arrays of 4 KiB of float, stays in
/// the first-level cache.
inline constexpr Index columns_of_pass = 1024;

/// Enough for the last steps of sums, which take a register of rows at a time; beyond that, as many as stay in the
/// first-level cache beside what is written.
template <class T>
Index rows_of_piece(Index columns) {
  return std::clamp<Index>(elementwise_piece / 2 / std::max<Index>(columns, 1), lanes<T>, most_rows_of_piece);
}

/// sums[i] += the lanes of rows[i], in double, whose order does not depend on i.
template <class T>
void add_lanes(Square<T>& rows, double* sums) {
  transpose<T>(rows);
  double wide[lanes<T>][lanes<T>];
  for (Index lane = 0; lane < lanes<T>; ++lane)
    for (Index i = 0; i < lanes<T>; ++i) wide[lane][i] = static_cast<double>(rows[lane][i]);
  for (Index half = lanes<T> / 2; half > 0; half /= 2)
    for (Index lane = 0; lane < half; ++lane)
      for (Index i = 0; i < lanes<T>; ++i) wide[lane][i] += wide[lane + half][i];
  for (Index i = 0; i < lanes<T>; ++i) sums[i] += wide[0][i];
}

/// Sums over each of some rows.
template <std::size_t Count>
using RowSums = std::array<double[most_rows_of_piece], Count>;

/// The sums over rows [0, rows) of the registers that f(i)(j, part) gives for row i, an array of them. At most 32 terms
/// are added up in T.
template <class T, std::size_t Count, class F>
__attribute__((always_inline)) inline void sums_of_rows(Index rows, Index columns, RowSums<Count>& result, F f) {
  for (Index group = 0; group < rows; group += lanes<T>) {
    for (auto& sums : result) std::fill_n(sums + group, lanes<T>, 0.0);
    for (Index first = 0; first < columns; first += sum_chunk * lanes<T>) {
      const Index last = std::min(columns, first + sum_chunk * lanes<T>);
      Square<T> of_rows[Count] = {};
      for (Index i = group; i < std::min(group + lanes<T>, rows); ++i) {
        std::array<Vector<T>, Count> sums[4] = {};
        const auto add = [terms_of = f(i)](auto& to, Index j, auto part) __attribute__((always_inline)) {
          const std::array<Vector<T>, Count> terms = terms_of(j, part);
          for (std::size_t k = 0; k < Count; ++k) to[k] += part.keep(terms[k], Vector<T>{});
        };
        Index j = first;
        for (; j + 4 * lanes<T> <= last; j += 4 * lanes<T>)
          unroll<4>([&](Index way) { add(sums[way], j + way * lanes<T>, WholeRegister<T>{}); });
        each_register_of_row<T>(j, last, [&](Index place, auto part) { add(sums[0], place, part); });
        for (std::size_t k = 0; k < Count; ++k)
          of_rows[k][i - group] = (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]);
      }
      for (std::size_t k = 0; k < Count; ++k) add_lanes<T>(of_rows[k], result[k] + group);
    }
  }
}

/// Calls f(i)(j, part) for the registers of rows [0, rows), some columns of all rows before the next.
template <class T, class F>
__attribute__((always_inline)) inline void each_register_of_rows(Index rows, Index columns, F f) {
  for (Index first = 0; first < columns; first += columns_of_pass)
    for (Index i = 0; i < rows; ++i) each_register_of_row<T>(first, std::min(columns, first + columns_of_pass), f(i));
}

/// Rows of a task that has sums of all columns.
inline Index rows_of_block(Index rows, Index columns) {
  constexpr Index most_blocks = 64;
  const Index blocks =
      std::clamp<Index>(std::min(rows / terms_of_sum, rows * columns / (4 * elementwise_piece)), 1, most_blocks);
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

/// Means and variances of rows x [Rows, Columns], at most 64; 0 and the means of squares unless `centered`.
template <class T>
void moments_of_rows(Index rows, Index columns, const T* x, bool centered, double* mean, double* variance) {
  const double share = 1 / static_cast<double>(columns);
  const auto from = [=](Index first, Index last, const T* near, double* mean_of, double* variance_of) {
    RowSums<2> sums;
    sums_of_rows<T>(last - first, columns, sums, [=](Index i) {
      return [row = x + (first + i) * columns, origin = near[i]](Index j, auto part) {
        const Vector<T> distance = part.load(row + j) - origin;
        return std::array{distance, distance * distance};
      };
    });
    for (Index i = 0; i < last - first; ++i) {
      const double farther = centered ? share * sums[0][i] : 0;
      mean_of[i] = static_cast<double>(near[i]) + farther;
      variance_of[i] = share * sums[1][i] - farther * farther;
    }
  };
  T near[most_rows_of_piece] = {};
  const auto usable = [](T v) { return std::isfinite(v * T(128)); };  // sums of distances from it have to be finite
  for (Index i = 0; i < rows && centered && columns > 0; ++i) near[i] = usable(x[i * columns]) ? x[i * columns] : T(0);
  from(0, rows, near, mean, variance);
  for (Index i = 0; i < rows; ++i) {
    const double distance = mean[i] - static_cast<double>(near[i]);
    const T closer = static_cast<T>(mean[i]);
    if (centered && distance * distance > 3 * variance[i] && usable(closer))
      from(i, i + 1, &closer, mean + i, variance + i);
    variance[i] = variance[i] < 0 ? 0 : variance[i];
  }
}

/// What RowNorm has of rows x [Rows, Columns], at most 64.
template <class T>
void find_row_norm(Index rows, Index columns, const T* x, bool centered, double eps, const RowNorm<T>& norm) {
  double mean[most_rows_of_piece], variance[most_rows_of_piece];
  moments_of_rows(rows, columns, x, centered, mean, variance);
  for (Index i = 0; i < rows; i += lanes<double>) {
    const Index count = std::min(lanes<double>, rows - i);
    const Vector<double> inverse = 1.0 / sqrt<double>(load(variance + i, count) + eps);
    store(variance + i, inverse, count);
  }
  for (Index i = 0; i < rows; ++i) {
    norm.mean[i] = static_cast<T>(mean[i]);
    norm.inverse[i] = static_cast<T>(variance[i]);
    const auto rounded = static_cast<double>(norm.mean[i]);
    norm.shift[i] = rounded == mean[i] ? T(0) : static_cast<T>((rounded - mean[i]) * variance[i]);
  }
}

}  // namespace detail

/// y = (x - mean) / sqrt(variance + eps) weight + bias of each row, or with 0 for the mean unless `centered`
/// x and y [Rows, Columns], weight and bias [Columns]
template <class T>
void row_norm(Index rows, Index columns, const T* x, bool centered, double eps, const T* weight, const T* bias, T* y,
              const RowNorm<T>& norm) {
  parallel_pieces(rows, detail::rows_of_piece<T>(columns), 12 * static_cast<double>(columns),
                  [=](Index first, Index last) {
                    detail::find_row_norm<T>(last - first, columns, x + first * columns, centered, eps,
                                             {norm.mean + first, norm.inverse + first, norm.shift + first});
                    detail::each_register_of_rows<T>(last - first, columns, [=](Index i) {
                      const detail::NormalizedRow<T> row(first + i, columns, x, {norm.mean, norm.inverse, norm.shift});
                      return [=, to = y + (first + i) * columns](Index j, auto part) {
                        part.store(to + j, row.z(j, part) * part.load(weight + j) + part.load(bias + j));
                      };
                    });
                  });
}

/// dx (+)= inverse (g - m1 - z m2), with g = dy weight and m1 and m2 the means of g (0 unless `centered`) and of g z
template <class T>
void row_norm_backward(Index rows, Index columns, const T* dy, const T* x, bool centered, const T* weight,
                       const RowNorm<const T>& norm, const Target<T>& dx) {
  const double share = 1 / static_cast<double>(columns);
  const auto piece = [=](Index first, Index last) {
    detail::RowSums<2> sums;
    detail::sums_of_rows<T>(last - first, columns, sums, [=](Index i) {
      const detail::NormalizedRow<T> row(first + i, columns, x, norm);
      return [=, from = dy + (first + i) * columns](Index j, auto part) {
        const Vector<T> g = part.load(from + j) * part.load(weight + j);
        return std::array{g, g * row.z(j, part)};
      };
    });
    const auto gradient = [&](Index i) {
      const detail::NormalizedRow<T> row(first + i, columns, x, norm);
      const auto m1 = static_cast<T>(centered ? share * sums[0][i] : 0), m2 = static_cast<T>(share * sums[1][i]);
      return [=, from = dy + (first + i) * columns](Index j, const auto& part) {
        const Vector<T> g = part.load(from + j) * part.load(weight + j);
        return (g - m1 - row.z(j, part) * m2) * row.inverse;
      };
    };
    if (dx.mode == WriteMode::overwrite)
      detail::each_register_of_rows<T>(last - first, columns, [&](Index i) {
        return [d = gradient(i), to = dx.data + (first + i) * columns](Index j, auto part) {
          part.store(to + j, d(j, part));
        };
      });
    else
      detail::each_register_of_rows<T>(last - first, columns, [&](Index i) {
        return [d = gradient(i), to = dx.data + (first + i) * columns](Index j, auto part) {
          const Vector<T> before = part.load(to + j);
          part.store(to + j, part.keep(before + d(j, part), before));
        };
      });
  };
  parallel_pieces(rows, detail::rows_of_piece<T>(columns), 16 * static_cast<double>(columns), piece);
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
    const Index last = std::min(rows, (b + 1) * block);
    // Rows i and i + 1, if there are two, share what they are added to.
    const auto add = [=](Index i, auto count) __attribute__((always_inline)) {
      const detail::NormalizedRow<T> row(i, columns, x, norm), second(i + count - 1, columns, x, norm);
      const T *const d = dy + i * columns, *const e = dy + (i + count - 1) * columns;
      detail::each_register_of_row<T>(
          0, columns, [=](Index j, auto part) __attribute__((always_inline)) {
            const Vector<T> none{}, once_more = part.load(e + j);
            Vector<T> of_z = part.load(d + j) * row.z(j, part), of_one = part.load(d + j);
            of_z = part.load(with_z + j) + part.keep(of_z, none);
            of_one = part.load(once + j) + part.keep(of_one, none);
            if (count == 2) {
              of_z += part.keep(once_more * second.z(j, part), none);
              of_one += part.keep(once_more, none);
            }
            part.store(with_z + j, of_z);
            part.store(once + j, of_one);
          });
    };
    for (Index i = b * block; i < last;) {
      const Index end = std::min(i + terms_of_sum, last);
      for (; i + 2 <= end; i += 2) add(i, std::integral_constant<Index, 2>{});
      if (i < end) add(i++, std::integral_constant<Index, 1>{});
      detail::move_to_sums(2 * columns, with_z, sums);
    }
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
