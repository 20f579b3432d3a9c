#pragma once

#include <numeric>

#include "latent/core/memory.hpp"
#include "latent/kernels/reduce.hpp"

/// Means and variances of channels.
namespace latent::kernels {

/// x [Outer, Rows, C], whose channels have statistics of their own in each of the Outer samples; a batch that is
/// normalised as one has Outer = 1.
struct ChannelSizes {
  Index outer, rows, channels;  ///< of x

  /// Elements of x.
  Index numel() const { return outer * rows * channels; }
  /// Rows of a task: enough that its sums are a small part of what it reads, and whole joined rows.
  Index block() const {
    constexpr Index most_blocks = 64;
    const Index most = std::clamp<Index>(most_blocks / std::max<Index>(outer, 1), 1, most_blocks);
    const Index blocks = std::clamp<Index>(std::min(rows / 64, rows * channels / (4 * elementwise_piece)), 1, most);
    return blocks > 1 ? (rows / blocks + 63) / 64 * 64 : std::max<Index>(rows, 1);
  }
  /// Tasks of a sample.
  Index blocks() const { return (rows + block() - 1) / block(); }
};

namespace detail {

/// Calls f(outer, first, last) for all blocks of rows, on several threads.
template <class F>
void each_block(const ChannelSizes& s, double work, F f) {
  const Index block = s.block(), blocks = s.blocks();
  parallel_for(s.outer * blocks, work * static_cast<double>(block * s.channels), [&](Index i) {
    const Index first = i % blocks * block;
    f(i / blocks, first, std::min(first + block, s.rows));
  });
}

/// Rows that are taken as one, since a row by itself would leave registers empty: few channels, or an odd number. They
/// fill four registers or fewer: as many as leave several of them, none with more than some columns.
template <class T>
Index joined_rows(Index rows, Index channels) {
  constexpr Index most_columns = 512;
  for (Index unit = 4 * lanes<T>; unit >= lanes<T>; unit /= 2) {
    const Index joined = unit / std::gcd(unit, channels);
    const Index columns = unit > lanes<T> ? most_columns : 2 * most_columns;
    if (joined * channels <= columns && rows >= 4 * joined) return joined;
  }
  return 1;
}

/// Rows of `rows` whose sums are added up in T, about equal shares of at most sum_chunk.
inline Index rows_of_chunk(Index rows) {
  const Index chunks = std::max<Index>((rows + sum_chunk - 1) / sum_chunk, 1);
  return std::max<Index>((rows + chunks - 1) / chunks, 1);
}

/// Calls f(vectors, j, count) for the columns, four registers or one at a time; the last may have fewer elements.
template <class T, class F>
void each_column(Index columns, F f) {
  Index j = 0;
  for (; j + 4 * lanes<T> <= columns; j += 4 * lanes<T>) f(std::integral_constant<Index, 4>{}, j, 4 * lanes<T>);
  for (; j < columns; j += lanes<T>) f(std::integral_constant<Index, 1>{}, j, std::min(lanes<T>, columns - j));
}

/// Register v of several from x on, or of one that may have fewer elements.
template <Index Vectors, class T>
Vector<T> load_part(const T* x, Index v, Index count) {
  if constexpr (Vectors > 1)
    return load(x + v * lanes<T>);
  else
    return load(x, count);
}

/// Sum and squared distances from the mean, of `n` numbers added to those of `before` (Chan, Golub and LeVeque,
/// "Algorithms for computing the sample variance", 1983). Sums, since means of infinite numbers would be NaN.
struct AddMoments {
  double n, share, before_share, weight;

  AddMoments(Index before, Index count)
      : n(static_cast<double>(count)),
        share(count > 0 ? 1 / n : 0),
        before_share(before > 0 ? 1 / static_cast<double>(before) : 0),
        weight(count > 0 ? n * static_cast<double>(before) / static_cast<double>(before + count) : 0) {}

  void operator()(double sum, double squares, double& total, double& total_squares) const {
    const double distance = sum * share - total * before_share;
    total_squares += squares + weight * (distance * distance);
    total += sum;
  }
};

/// Adds what `rows` rows have in some columns, of which `before` rows are counted already. Distances are taken from the
/// mean of the first quarter: then the sum of squares is at most four times what is wanted of it, whatever the numbers
/// are, and little is lost in the difference.
template <Index Vectors, class T>
void moments_of_chunk(Index before, Index rows, Index stride, Index count, const T* x, double* sum, double* squares) {
  const Index quarter = (rows + 3) / 4;
  const T part = T(1) / static_cast<T>(quarter);
  Vector<T> near[4] = {}, first[4] = {}, second[4] = {};
  for (Index i = 0; i < quarter; ++i)
    unroll<Vectors>([&](Index v) { near[v] += load_part<Vectors>(x + i * stride, v, count) * part; });
  unroll<Vectors>([&](Index v) {
    const Vector<T> many = near[v] * T(512);  // sums of distances from it have to be finite
    near[v] = many - many == T(0) ? near[v] : Vector<T>{};
  });
  for (Index begin = 0; begin < rows; begin += terms_of_sum) {
    Vector<T> once[4] = {}, twice[4] = {};
    for (Index i = begin; i < std::min(begin + terms_of_sum, rows); ++i)
      unroll<Vectors>([&](Index v) {
        const Vector<T> distance = load_part<Vectors>(x + i * stride, v, count) - near[v];
        once[v] += distance;
        twice[v] += distance * distance;
      });
    unroll<Vectors>([&](Index v) {
      first[v] += once[v];
      second[v] += twice[v];
    });
  }
  T nears[Vectors * lanes<T>], firsts[Vectors * lanes<T>], seconds[Vectors * lanes<T>];
  std::memcpy(nears, near, sizeof nears);
  std::memcpy(firsts, first, sizeof firsts);
  std::memcpy(seconds, second, sizeof seconds);
  const AddMoments add(before, rows);
  const Index columns = Vectors > 1 ? Vectors * lanes<T> : count;  // a constant, where registers are whole
  for (Index j = 0; j < columns; ++j) {
    const double once = static_cast<double>(firsts[j]);
    const double own = static_cast<double>(seconds[j]) - once * once * add.share;
    add(add.n * static_cast<double>(nears[j]) + once, own < 0 ? 0 : own, sum[j], squares[j]);
  }
}

/// The moments of the columns of x [Rows, Columns], on the calling thread.
template <class T>
void column_moments(Index rows, Index columns, const T* x, double* sum, double* squares) {
  std::fill_n(sum, columns, 0.0);
  std::fill_n(squares, columns, 0.0);
  const Index chunk = rows_of_chunk(rows);
  for (Index i = 0; i < rows; i += chunk)
    each_column<T>(columns, [&](auto vectors, Index j, Index count) {
      moments_of_chunk<vectors>(i, std::min(chunk, rows - i), columns, count, x + i * columns + j, sum + j,
                                squares + j);
    });
}

/// The same where rows are joined.
template <class T>
void block_moments(Index rows, Index channels, const T* x, double* sum, double* squares) {
  const Index joined = joined_rows<T>(rows, channels), long_rows = rows / joined, columns = joined * channels;
  if (joined == 1) return column_moments(rows, channels, x, sum, squares);
  const Index rest = rows % joined;
  column_moments(rest, channels, x + long_rows * columns, sum, squares);
  const memory::Scratch<double> wide(2 * columns);
  column_moments(long_rows, columns, x, wide.data(), wide.data() + columns);
  for (Index i = 0; i < joined; ++i) {
    const AddMoments add(rest + i * long_rows, long_rows);
    for (Index c = 0; c < channels; ++c)
      add(wide[i * channels + c], wide[columns + i * channels + c], sum[c], squares[c]);
  }
}

}  // namespace detail

/// Mean and variance (of n elements, not n - 1) of each channel of each sample    x [Outer, Rows, C], results [Outer,
/// C]
template <class T>
void channel_moments(const ChannelSizes& s, const T* x, double* mean, double* variance) {
  const Index blocks = s.blocks(), c = s.channels;
  const memory::Scratch<double> partial(2 * s.outer * blocks * c);
  const auto sums_of = [&](Index outer, Index block) { return partial.data() + 2 * (outer * blocks + block) * c; };
  detail::each_block(s, 4, [&](Index outer, Index first, Index last) {
    double* const sums = sums_of(outer, first / s.block());
    detail::block_moments(last - first, c, x + (outer * s.rows + first) * c, sums, sums + c);
  });
  for (Index outer = 0; outer < s.outer; ++outer) {
    double *const sum = mean + outer * c, *const squares = variance + outer * c;
    std::fill_n(sum, c, 0.0);
    std::fill_n(squares, c, 0.0);
    for (Index block = 0; block < blocks; ++block) {
      const Index before = block * s.block();
      const detail::AddMoments add(before, std::min(s.block(), s.rows - before));
      const double* const from = sums_of(outer, block);
      for (Index j = 0; j < c; ++j) add(from[j], from[c + j], sum[j], squares[j]);
    }
    const auto n = static_cast<double>(std::max<Index>(s.rows, 1));
    for (Index j = 0; j < c; ++j) {
      sum[j] /= n;
      squares[j] /= n;
    }
  }
}

}  // namespace latent::kernels
