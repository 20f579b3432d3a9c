#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "latent/core/parallel.hpp"
#include "latent/nn/buffer.hpp"

namespace latent::data {

/// What a Normalizer makes of a channel.
enum class Scaling {
  standard,  ///< to mean 0 and standard deviation 1
  min_max,   ///< to [0, 1]
};

/// ValueError for fewer channels than 1.
struct NormalizerOptions {
  Index channels = 0;                   ///< or columns
  Scaling scaling = Scaling::standard;  ///< to one spread, or into one range

  void check_values() const {
    check<ValueError>(channels >= 1, "Normalizer: channels must be at least 1, got ", channels);
  }
};

/// y = (x - shift) / scale of each channel or column, and back    x [.., C] -> y [.., C]; shift, scale [C]
///
///     data::Normalizer normalizer({.channels = 4});
///     normalizer.fit(train);  // and of nothing that is to be judged by
///     const auto y = normalizer.transform(test);
///
/// shift is the mean and scale the standard deviation (of n elements) of what it was fitted on, or its least element
/// and its range. NaN counts as missing: it is passed over by fit() and stays. A column of one value has the scale 1,
/// so that it becomes 0. Before fit() nothing is changed. A handle, as layers are: `visit` names the two tensors, so
/// that they are saved with a model or in a checkpoint. As StandardScaler and MinMaxScaler of scikit-learn.
template <Scalar T = float>
struct Normalizer {
  NormalizerOptions options;   ///< what it was made with
  nn::Buffer<T> shift, scale;  ///< [C]; 0 and 1 at first

  /// ValueError for options out of their range.
  explicit Normalizer(const NormalizerOptions& o) : options(o) {
    options.check_values();
    shift = nn::Buffer<T>(Tensor<T>({options.channels}));
    scale = nn::Buffer<T>(Tensor<T>::full({options.channels}, T(1)));
  }

  /// Takes shift and scale from x [.., C], with sums in double. ShapeError for other channels, ValueError for a channel
  /// without numbers or with infinite ones; then nothing is changed.
  void fit(const Tensor<T>& x) const {
    check_shape(x.shape());
    const std::vector<Column> columns = moments(x);
    Tensor<T> new_shift(shift.shape()), new_scale(shift.shape());
    for (Index c = 0; c < options.channels; ++c) {
      const Column& column = columns[static_cast<std::size_t>(c)];
      check<ValueError>(column.count > 0, "Normalizer: channel ", c, " of x ", x.shape(), " has no numbers");
      check<ValueError>(std::isfinite(column.least) && std::isfinite(column.most), "Normalizer: channel ", c, " of x ",
                        x.shape(), " has infinite numbers");
      const bool standard = options.scaling == Scaling::standard;
      const double range = column.most - column.least;
      const double wide = standard ? range * std::sqrt(column.squares / column.count) : range;
      new_shift(c) = static_cast<T>(standard ? column.mean() : column.least);
      new_scale(c) = static_cast<T>(wide) > 0 ? static_cast<T>(wide) : T(1);
    }
    shift.set_value(std::move(new_shift));
    scale.set_value(std::move(new_scale));
  }

  /// ShapeError for other channels, as from inverse().
  Tensor<T> transform(const Tensor<T>& x) const {
    return each(x, [](T value, T by, T over) { return (value - by) / over; });
  }

  /// What transform() took, but for rounding.
  Tensor<T> inverse(const Tensor<T>& y) const {
    return each(y, [](T value, T by, T over) { return value * over + by; });
  }

  /// Calls f(name, buffer) for both, so that they are saved.
  template <class F>
  void visit(F&& f) const {
    f("shift", shift);
    f("scale", scale);
  }

 private:
  static constexpr Index piece = 1024;  // rows whose sum one thread adds up: long enough to be worth its partial sums

  struct Column {
    double count = 0, sum = 0, squares = 0;  // of (x - mean) / range, which overflow and vanish nowhere
    double least = std::numeric_limits<double>::infinity(), most = -least;

    double mean() const { return std::clamp(sum / count, least, most); }  // of one value exactly that
    void add(const Column& other) {
      count += other.count, sum += other.sum, squares += other.squares;
      least = std::min(least, other.least), most = std::max(most, other.most);
    }
  };

  void check_shape(const Shape& x) const {
    check<ShapeError>(x.rank() >= 1 && x.size(-1) == options.channels, "Normalizer: x ", x,
                      " does not fit, expected x [.., ", options.channels, "]");
  }

  /// f(column, its number, element) for all elements that are numbers; the sum of all columns.
  template <class F>
  std::vector<Column> sums(const Tensor<T>& x, F f) const {
    const Index c = options.channels, rows = x.numel() / c;
    std::vector<Column> parts(static_cast<std::size_t>((rows + piece - 1) / piece * c));
    const T* const elements = x.data();
    parallel_pieces(rows, piece, 4 * static_cast<double>(c), [&](Index first, Index last) {
      Column* const part = parts.data() + first / piece * c;
      for (Index row = first; row < last; ++row)
        for (Index channel = 0; channel < c; ++channel) {
          const auto value = static_cast<double>(elements[row * c + channel]);
          if (!std::isnan(value)) f(part[channel], static_cast<std::size_t>(channel), value);
        }
    });
    std::vector<Column> result(static_cast<std::size_t>(c));
    for (std::size_t i = 0; i < parts.size(); ++i) result[i % result.size()].add(parts[i]);
    return result;
  }

  std::vector<Column> moments(const Tensor<T>& x) const {
    std::vector<Column> result = sums(x, [](Column& column, std::size_t, double value) {
      column.add({.count = 1, .sum = value, .squares = 0, .least = value, .most = value});
    });
    const std::vector<Column> squares = sums(x, [&](Column& column, std::size_t channel, double value) {
      const Column& all = result[channel];
      if (all.most == all.least) return;
      const double distance = (value - all.mean()) / (all.most - all.least);
      column.squares += distance * distance;
    });
    for (std::size_t channel = 0; channel < result.size(); ++channel)
      result[channel].squares = squares[channel].squares;
    return result;
  }

  template <class F>
  Tensor<T> each(const Tensor<T>& x, F f) const {
    check_shape(x.shape());
    const Index c = options.channels;
    auto result = Tensor<T>::uninitialized(x.shape());
    const T *const from = x.data(), *const by = shift.value().data(), *const over = scale.value().data();
    T* const to = result.data();
    parallel_pieces(x.numel() / c, piece, static_cast<double>(c), [=](Index first, Index last) {
      for (Index row = first; row < last; ++row)
        for (Index i = 0; i < c; ++i) to[row * c + i] = f(from[row * c + i], by[i], over[i]);
    });
    return result;
  }
};

}  // namespace latent::data
