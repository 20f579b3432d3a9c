#pragma once

#include "latent/data/tensor_dataset.hpp"

namespace latent::data {

/// ValueError for sizes below 1, or a negative horizon.
struct WindowsOptions {
  Index window = 0;   ///< steps of each
  Index stride = 1;   ///< steps from the beginning of one to that of the next
  Index horizon = 0;  ///< steps behind a window that are its target

  void check_values() const {
    check<ValueError>(window >= 1 && stride >= 1 && horizon >= 0,
                      "Windows: window and stride must be at least 1 and horizon at least 0, got window ", window,
                      ", stride ", stride, ", horizon ", horizon);
  }
};

/// What Windows gather.
template <class T>
struct WindowBatch {
  Tensor<T> x;  ///< [N, window, ..]
  Tensor<T> y;  ///< [N, horizon, ..], the steps that follow; undefined if the horizon is 0

  Index size() const { return x.size(0); }  ///< N
};

/// All windows of a series, without a copy of it: element i is series[i stride : i stride + window], and its target
/// what follows.    series [T, ..] -> x [N, window, ..], y [N, horizon, ..]
///
///     const data::Windows windows(series, {.window = 24, .horizon = 1});
///     data::Loader loader(windows, {.shuffle = true});
///     for (const auto& [x, y] : loader) ..
///
/// There are (T - window - horizon) / stride + 1 of them, rounded down.
template <class T>
class Windows {
 public:
  /// ShapeError for a series with fewer steps than one window and its target.
  Windows(Tensor<T> series, const WindowsOptions& options) : series_(std::move(series)), options_(options) {
    options.check_values();
    const Shape& shape = series_.shape();
    check<ShapeError>(shape.rank() >= 1 && shape.rank() < Shape::max_rank && options.window <= shape[0] &&
                          options.horizon <= shape[0] - options.window,
                      "Windows: series ", shape, " does not fit, expected [T, ..] of at least ", options.window,
                      " steps and ", options.horizon, " behind them");
  }

  /// Number of windows.
  Index size() const { return (series_.size(0) - options_.window - options_.horizon) / options_.stride + 1; }
  /// What they are cut from.
  const Tensor<T>& series() const { return series_; }

  /// The windows of the given numbers. ValueError for a number that does not exist.
  WindowBatch<T> gather(std::span<const Index> numbers) const {
    detail::check_numbers("Windows", numbers, size());
    WindowBatch<T> result{steps(numbers, 0, options_.window), {}};
    if (options_.horizon > 0) result.y = steps(numbers, options_.window, options_.horizon);
    return result;
  }

 private:
  Tensor<T> steps(std::span<const Index> numbers, Index offset, Index count) const {
    Shape shape{std::ssize(numbers), count};
    for (Index axis = 1; axis < series_.rank(); ++axis) shape.append(series_.size(axis));
    auto result = Tensor<T>::uninitialized(shape);
    const Index step = series_.shape().stride(0), stride = options_.stride;
    detail::copy_stretches(
        std::ssize(numbers), count * step, series_.data(),
        [=](Index i) { return (numbers[static_cast<std::size_t>(i)] * stride + offset) * step; }, result.data());
    return result;
  }

  Tensor<T> series_;
  WindowsOptions options_;
};

}  // namespace latent::data
