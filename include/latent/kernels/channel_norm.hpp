#pragma once

#include "latent/kernels/activation.hpp"
#include "latent/kernels/channel_moments.hpp"

/// Normalised channels, for BatchNorm and GroupNorm.
namespace latent::kernels {

/// y = activation((x - mean) scale + shift), arrays [Outer, C]. (x scale + shift would lose digits where a mean is far
/// larger than a deviation.)
template <class T>
struct ChannelNorm {
  const T *mean, *scale, *shift;             ///< [Outer, C]
  Activation activation = Activation::none;  ///< in the same pass
};

/// dx = (dz weight - ((x - mean) slope + offset)) factor, arrays [Outer, C]; dz scale if there are none.
template <class T>
struct ChannelGradient {
  const T *weight = nullptr, *slope = nullptr, *offset = nullptr, *factor = nullptr;  ///< [Outer, C]

  /// Whether there are any.
  explicit operator bool() const { return weight != nullptr; }
};

namespace detail {

/// Rows of numbers for the channels of a sample, each repeated for all rows that are joined.
template <class T>
class JoinedRows {
 public:
  JoinedRows(Index joined, Index channels, std::initializer_list<const T*> rows)
      : columns_(joined * channels), data_(std::ssize(rows) * columns_) {
    T* to = data_.data();
    for (const T* const row : rows)
      for (Index i = 0; i < joined; ++i) to = std::copy_n(row, channels, to);
  }
  const T* operator[](Index row) const { return data_.data() + row * columns_; }

 private:
  Index columns_;
  memory::Scratch<T> data_;
};

/// Rows for all loops of a task at once. With an activation there are several, between which they stay in the
/// first-level cache.
inline Index rows_of_piece(Index rows, Index columns, Activation activation) {
  const Index chunk = std::clamp<Index>(rows, 1, terms_of_sum);
  return activation == Activation::none
             ? chunk
             : std::clamp<Index>(elementwise_piece / 2 / std::max<Index>(columns, 1), 1, chunk);
}

/// Calls f(offset, rows, columns) for pieces of a block, where columns are those of joined rows or, in the end,
/// channels.
template <class F>
void each_piece(Index rows, Index channels, Index joined, Index most_rows, F f) {
  const Index long_rows = rows / joined, columns = joined * channels;
  for (Index i = 0; i < long_rows; i += most_rows) f(i * columns, std::min(most_rows, long_rows - i), columns);
  if (rows % joined) f(long_rows * columns, rows % joined, channels);
}

/// Calls f(i, j, count) for each register of x [Rows, Columns], i being its place and j its column. Where it is full
/// the compiler knows it.
template <class T, class F>
__attribute__((always_inline)) inline void each_row_register(Index rows, Index columns, F f) {
  for (Index i = 0; i < rows; ++i) {
    Index j = 0;
    for (; j + lanes<T> <= columns; j += lanes<T>) f(i * columns + j, j, std::integral_constant<Index, lanes<T>>{});
    if (j < columns) f(i * columns + j, j, columns - j);
  }
}

/// Calls f(i, z, count) for each register of z = (x - mean) scale + shift, with one number of each for a column.
template <class T, class F>
__attribute__((always_inline)) inline void each_norm(Index rows, Index columns, const T* x, const ChannelNorm<T>& norm,
                                                     F f) {
  const T *const mean = norm.mean, *const scale = norm.scale, *const shift = norm.shift;
  each_row_register<T>(
      rows, columns, [=](Index i, Index j, auto count) __attribute__((always_inline)) {
        const Vector<T> distance = load(x + i, count) - load(mean + j, count);
        f(i, distance * load(scale + j, count) + load(shift + j, count), count);
      });
}

/// y = activation((x - mean) scale + shift), on the calling thread.
template <class T>
void norm_columns(Index rows, Index columns, const T* x, const ChannelNorm<T>& norm, T* y) {
  if (norm.activation == Activation::none)
    each_norm(rows, columns, x, norm, [=](Index i, const Vector<T>& z, auto count) { store(y + i, z, count); });
  with_activation<T>(norm.activation, [&](auto function) {
    each_norm(rows, columns, x, norm,
              [=](Index i, const Vector<T>& z, auto count) { store(y + i, function.forward(z), count); });
  });
}

/// The gradient before the activation, of which the result is computed again; dy itself if there is none. `space` has
/// room for it.
template <class T>
const T* before_activation(Index rows, Index columns, const T* dy, const T* x, const ChannelNorm<T>& norm, T* space) {
  if (norm.activation == Activation::none) return dy;
  with_activation<T>(norm.activation, [&](auto function) {
    each_norm(rows, columns, x, norm, [=](Index i, const Vector<T>& z, auto count) {
      store(space + i, function.backward(load(dy + i, count), function.forward(z)), count);
    });
  });
  return space;
}

/// dx (+)= what channel_norm_backward says, on the calling thread.
template <class T>
void gradient_columns(Index rows, Index columns, const T* dz, const T* x, const ChannelNorm<T>& norm,
                      const ChannelGradient<T>& gradient, const Target<T>& dx) {
  const auto write = [ =, to = dx.data, mode = dx.mode ](auto f) __attribute__((always_inline)) {
    if (mode == WriteMode::overwrite)
      each_row_register<T>(rows, columns, [=](Index i, Index j, auto count) { store(to + i, f(i, j, count), count); });
    else
      each_row_register<T>(rows, columns, [=](Index i, Index j, auto count) {
        store(to + i, load(to + i, count) + f(i, j, count), count);
      });
  };
  if (gradient)
    write([=, mean = norm.mean, weight = gradient.weight, slope = gradient.slope, offset = gradient.offset,
           factor = gradient.factor](Index i, Index j, auto count) {
      const Vector<T> distance = load(x + i, count) - load(mean + j, count);
      const Vector<T> line = distance * load(slope + j, count) + load(offset + j, count);
      return (load(dz + i, count) * load(weight + j, count) - line) * load(factor + j, count);
    });
  else
    write(
        [=, scale = norm.scale](Index i, Index j, auto count) { return load(dz + i, count) * load(scale + j, count); });
}

}  // namespace detail

/// y = activation((x - mean) scale + shift)    x and y [Outer, Rows, C]; y may be x
template <class T>
void channel_norm(const ChannelSizes& s, const T* x, const ChannelNorm<T>& norm, T* y) {
  const Index c = s.channels;
  detail::each_block(s, 8, [&](Index outer, Index first, Index last) {
    const Index at = (outer * s.rows + first) * c, joined = detail::joined_rows<T>(last - first, c);
    const detail::JoinedRows<T> row(joined, c, {norm.mean + outer * c, norm.scale + outer * c, norm.shift + outer * c});
    const Index piece = detail::rows_of_piece((last - first) / joined, joined * c, norm.activation);
    detail::each_piece(last - first, c, joined, piece, [&](Index offset, Index rows, Index columns) {
      detail::norm_columns(rows, columns, x + at + offset, {row[0], row[1], row[2], norm.activation}, y + at + offset);
    });
  });
}

/// With dz = dy activation'(..): the sums of dz and of dz (x - mean) over the rows    results [Outer, C]
template <class T>
void channel_norm_sums(const ChannelSizes& s, const T* dy, const T* x, const ChannelNorm<T>& norm, double* dz_sums,
                       double* products) {
  const Index blocks = s.blocks(), c = s.channels;
  const memory::Scratch<double> partial(2 * s.outer * blocks * c);
  detail::each_block(s, 8, [&](Index outer, Index first, Index last) {
    const Index at = (outer * s.rows + first) * c, joined = detail::joined_rows<T>(last - first, c);
    const Index most_columns = joined * c,
                piece = detail::rows_of_piece((last - first) / joined, most_columns, norm.activation);
    const detail::JoinedRows<T> row(joined, c, {norm.mean + outer * c, norm.scale + outer * c, norm.shift + outer * c});
    const ChannelNorm<T> joined_norm{row[0], row[1], row[2], norm.activation};
    const memory::Scratch<T> space(norm.activation == Activation::none ? 0 : piece * most_columns);
    const memory::Scratch<double> sums(2 * most_columns);
    std::fill_n(sums.data(), 2 * most_columns, 0.0);
    detail::each_piece(last - first, c, joined, piece, [&](Index offset, Index rows, Index columns) {
      const T* const from = x + at + offset;
      const T* const dz = detail::before_activation(rows, columns, dy + at + offset, from, joined_norm, space.data());
      detail::each_column<T>(columns, [&](auto vectors, Index j, Index count) {
        constexpr Index registers = vectors;
        Vector<T> mean[4], first_sum[4] = {}, second_sum[4] = {};
        unroll<registers>([&](Index v) { mean[v] = detail::load_part<registers>(row[0] + j, v, count); });
        for (Index i = 0; i < rows; ++i)
          unroll<registers>([&](Index v) {
            const Vector<T> d = detail::load_part<registers>(dz + i * columns + j, v, count);
            first_sum[v] += d;
            second_sum[v] += d * (detail::load_part<registers>(from + i * columns + j, v, count) - mean[v]);
          });
        T once[4 * lanes<T>], with_x[4 * lanes<T>];
        std::memcpy(once, first_sum, sizeof once);
        std::memcpy(with_x, second_sum, sizeof with_x);
        for (Index l = 0; l < count; ++l) {
          sums[j + l] += static_cast<double>(once[l]);
          sums[most_columns + j + l] += static_cast<double>(with_x[l]);
        }
      });
    });
    double* const to = partial.data() + 2 * (outer * blocks + first / s.block()) * c;
    std::copy_n(sums.data(), c, to);
    std::copy_n(sums.data() + most_columns, c, to + c);
    for (Index i = c; i < most_columns; ++i) {
      to[i % c] += sums[i];
      to[c + i % c] += sums[most_columns + i];
    }
  });
  std::fill_n(dz_sums, s.outer * c, 0.0);
  std::fill_n(products, s.outer * c, 0.0);
  for (Index i = 0; i < s.outer * blocks; ++i)
    for (Index j = 0; j < c; ++j) {
      dz_sums[i / blocks * c + j] += partial[2 * i * c + j];
      products[i / blocks * c + j] += partial[(2 * i + 1) * c + j];
    }
}

/// dx (+)= (dz weight - ((x - mean) slope + offset)) factor, or dz scale, with dz as above
template <class T>
void channel_norm_backward(const ChannelSizes& s, const T* dy, const T* x, const ChannelNorm<T>& norm,
                           const ChannelGradient<T>& gradient, const Target<T>& dx) {
  const Index c = s.channels;
  detail::each_block(s, 12, [&](Index outer, Index first, Index last) {
    const Index at = (outer * s.rows + first) * c, joined = detail::joined_rows<T>(last - first, c);
    const Index piece = detail::rows_of_piece((last - first) / joined, joined * c, norm.activation);
    const detail::JoinedRows<T> row(joined, c, {norm.mean + outer * c, norm.scale + outer * c, norm.shift + outer * c});
    const ChannelNorm<T> joined_norm{row[0], row[1], row[2], norm.activation};
    const auto of_sample = [&](const T* numbers) { return (gradient ? numbers : norm.mean) + outer * c; };
    const detail::JoinedRows<T> line(joined, gradient ? c : 0,
                                     {of_sample(gradient.weight), of_sample(gradient.slope), of_sample(gradient.offset),
                                      of_sample(gradient.factor)});
    const ChannelGradient<T> joined_gradient =
        gradient ? ChannelGradient<T>{line[0], line[1], line[2], line[3]} : ChannelGradient<T>{};
    const memory::Scratch<T> space(norm.activation == Activation::none ? 0 : piece * joined * c);
    detail::each_piece(last - first, c, joined, piece, [&](Index place, Index rows, Index columns) {
      const T* const from = x + at + place;
      const T* const dz = detail::before_activation(rows, columns, dy + at + place, from, joined_norm, space.data());
      detail::gradient_columns<T>(rows, columns, dz, from, joined_norm, joined_gradient,
                                  {dx.data + at + place, dx.mode});
    });
  });
}

}  // namespace latent::kernels
