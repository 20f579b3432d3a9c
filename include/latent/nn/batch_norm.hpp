#pragma once

#include <cmath>

#include "latent/kernels/channel_norm.hpp"
#include "latent/nn/activation.hpp"
#include "latent/nn/buffer.hpp"
#include "latent/nn/global_batch.hpp"
#include "latent/nn/training.hpp"

namespace latent {

namespace detail {

/// ShapeError unless a parameter or buffer is absent or [C].
template <class Values>
void check_channels(const char* operation, const char* what, const Values& values, Index channels) {
  if (values)
    check<ShapeError>(values.shape() == Shape{channels}, operation, ": ", what, " ", values.shape(),
                      " does not fit, expected [", channels, "]");
}

/// Of each group of channels of each sample, [Outer, Groups].
struct ChannelStatistics {
  Tensor<double> mean, variance;
  bool of_x;                               ///< or fixed, and no function of x
  double count = 0;                        ///< elements of which they are, if x is a part of a batch
  const nn::GlobalBatch* batch = nullptr;  ///< which then adds up what the parts have
};

/// Statistics of `rows` of a batch become those of all of it (Chan, Golub and LeVeque, 1983).
inline void merge_statistics(ChannelStatistics& statistics, Index rows) {
  const std::span<double> mean = statistics.mean.elements(), variance = statistics.variance.elements();
  const auto n = static_cast<double>(rows);
  Tensor<double> sums({std::ssize(mean) + 1});
  double* const sum = sums.data();
  for (std::size_t c = 0; c < mean.size(); ++c) sum[c] = n * mean[c];
  sum[mean.size()] = n;
  statistics.batch->sum(sums.elements());
  statistics.count = sum[mean.size()];
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const double of_all = sum[c] / statistics.count, distance = mean[c] - of_all;
    sum[c] = n * (variance[c] + distance * distance);
    mean[c] = of_all;
  }
  statistics.batch->sum(sums.elements().first(mean.size()));
  for (std::size_t c = 0; c < mean.size(); ++c) variance[c] = sum[c] / statistics.count;
}

/// How far a mean in T is from the mean.
template <Scalar T>
double rounding_of(T rounded, double mean) {
  const auto wide = static_cast<double>(rounded);
  return wide == mean ? 0 : wide - mean;
}

/// y = activation((x - mean) / sqrt(variance + eps) weight + bias)    x [Outer, Rows, C]; weight, bias [C] or undefined
template <Scalar T>
Variable<T> channel_norm(const char* operation, const Variable<T>& x, const kernels::ChannelSizes& s,
                         const ChannelStatistics& statistics, const Variable<T>& weight, const Variable<T>& bias,
                         double eps, Activation activation) {
  check_channels(operation, "weight", weight, s.channels);
  check_channels(operation, "bias", bias, s.channels);
  const Index all = s.outer * s.channels, of_group = s.channels / std::max<Index>(statistics.mean.size(1), 1);
  const Tensor<double> mean = statistics.mean;
  Tensor<double> inverse = statistics.variance;  // of deviations
  for (double& value : inverse.elements()) value = 1 / std::sqrt(value + eps);
  const Tensor<T> weights = weight ? weight.value() : Tensor<T>::full({s.channels}, T(1));
  Tensor<T> numbers({3, all});
  T* const number = numbers.data();
  for (Index i = 0; i < all; ++i) {
    const Index c = i % s.channels, g = i / of_group;
    const double scale = std::as_const(inverse).data()[g] * static_cast<double>(weights.data()[c]);
    number[i] = static_cast<T>(mean.data()[g]);
    number[all + i] = static_cast<T>(scale);
    const double rounding = rounding_of(number[i], mean.data()[g]);
    if (bias) number[2 * all + i] = bias.value().data()[c];
    if (rounding != 0) number[2 * all + i] += static_cast<T>(rounding * scale);
  }

  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::channel_norm<T>(s, x.value().data(), {number, number + all, number + 2 * all, activation}, y.data());
  return Variable<T>::result(
      operation, std::move(y), {x, weight, bias},
      [x, weight, bias, s, xv = x.value(), weights, numbers, mean, inverse, of_x = statistics.of_x,
       count = statistics.count, batch = statistics.batch, activation, all, of_group](const Tensor<T>& dy) {
        const T* const means = numbers.data();
        const kernels::ChannelNorm<T> norm{means, means + all, means + 2 * all, activation};
        Tensor<double> sums({2, all});  // of dz and dz (x - mean)
        double *const once = sums.data(), *const with_x = once + all;
        if (of_x || weight.requires_grad() || bias.requires_grad()) {
          kernels::channel_norm_sums(s, dy.data(), xv.data(), norm, once, with_x);
          for (Index i = 0; i < all; ++i)
            if (std::isfinite(once[i])) with_x[i] += rounding_of(means[i], mean.data()[i / of_group]) * once[i];
        }
        Tensor<double> of_parameter({2, s.channels});
        double *const dweight = of_parameter.data(), *const dbias = dweight + s.channels;
        for (Index i = 0; i < all; ++i) {
          dweight[i % s.channels] += with_x[i] * inverse.data()[i / of_group];
          dbias[i % s.channels] += once[i];
        }
        if (const auto to = weight.grad_target()) kernels::store_sums(s.channels, dweight, to);
        if (const auto to = bias.grad_target()) kernels::store_sums(s.channels, dbias, to);
        const auto dx = x.grad_target();
        if (!dx) return;
        if (!of_x) return kernels::channel_norm_backward<T>(s, dy.data(), xv.data(), norm, {}, dx);

        // With z = (x - mean) inverse: dx = (dz weight - m1 - z m2) inverse, where m1 and m2 are the means of dz weight
        // and of dz weight z over the group. If that is one channel, its weight is a factor of all.
        if (batch) batch->sum(sums.elements());
        Tensor<T> lines({4, all});
        T *const inner = lines.data(), *const slope = inner + all, *const offset = slope + all;
        const double n = batch ? count : static_cast<double>(s.rows * of_group);
        for (Index i = 0; i < all; ++i) inner[i] = of_group == 1 ? T(1) : weights.data()[i % s.channels];
        for (Index group = 0; group < all; group += of_group) {
          const double deviation = inverse.data()[group / of_group];
          double m1 = 0, m2 = 0;
          for (Index i = group; i < group + of_group; ++i) {
            m1 += static_cast<double>(inner[i]) * once[i] / n;
            m2 += static_cast<double>(inner[i]) * with_x[i] * deviation / n;
          }
          const double rounding = rounding_of(means[group], mean.data()[group / of_group]), along = deviation * m2;
          std::fill_n(slope + group, of_group, static_cast<T>(along));
          std::fill_n(offset + group, of_group, static_cast<T>(std::isfinite(along) ? m1 + along * rounding : m1));
          std::fill_n(offset + all + group, of_group, of_group == 1 ? means[all + group] : static_cast<T>(deviation));
        }
        kernels::channel_norm_backward<T>(s, dy.data(), xv.data(), norm, {inner, slope, offset, offset + all}, dx);
      });
}

}  // namespace detail

/// y = activation((x - mean) / sqrt(variance + eps) weight + bias) of each channel    x [N, .., C] -> y; all else [C]
/// In training mean and variance (of n elements) are those of x, and with running ones these become
/// (1 - momentum) running + momentum of x (variance of n - 1 elements), also under NoGrad. Else they are the running
/// ones, or, where these are absent, those of x. Weight and bias may be undefined.
/// ShapeError if the shapes do not fit, ValueError if x has one value per channel and should give the statistics.
/// As torch.nn.functional.batch_norm, and an activation in the same pass; within nn::OverGlobalBatch statistics are
/// those of all parts of the batch, as torch.nn.SyncBatchNorm's.
/// Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
/// 2015.
template <Scalar T>
Variable<T> batch_norm(const Variable<T>& x, const nn::Buffer<T>& running_mean, const nn::Buffer<T>& running_var,
                       const Variable<T>& weight = {}, const Variable<T>& bias = {}, bool training = false,
                       double momentum = 0.1, double eps = 1e-5, Activation activation = Activation::none) {
  check<ShapeError>(x.shape().rank() >= 2, "batch_norm: x ", x.shape(), " does not fit, expected x [N, .., C]");
  const Index c = x.size(-1), rows = x.shape().with(-1, 1).numel();
  detail::check_channels("batch_norm", "running_mean", running_mean, c);
  detail::check_channels("batch_norm", "running_var", running_var, c);
  const kernels::ChannelSizes sizes{1, rows, c};
  detail::ChannelStatistics statistics{.mean = {}, .variance = {}, .of_x = training || !running_mean || !running_var};
  if (statistics.of_x) {
    statistics.mean = Tensor<double>({1, c});
    statistics.variance = Tensor<double>({1, c});
    kernels::channel_moments(sizes, x.value().data(), statistics.mean.data(), statistics.variance.data());
    statistics.count = static_cast<double>(rows);
    if (training && (statistics.batch = nn::detail::global_batch())) detail::merge_statistics(statistics, rows);
    check<ValueError>(statistics.count != 1, "batch_norm: x ", x.shape(),
                      " has one value per channel, expected several, whose variance is taken");
  } else {
    statistics.mean = running_mean.value().template cast<double>().reshape({1, c});
    statistics.variance = running_var.value().template cast<double>().reshape({1, c});
  }
  auto y = detail::channel_norm("batch_norm", x, sizes, statistics, weight, bias, eps, activation);
  if (training && rows > 0) {
    const auto go_on = [&](const nn::Buffer<T>& running, const Tensor<double>& batch, double factor) {
      if (!running) return;
      const std::span<T> values = running.writable();
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] =
            static_cast<T>((1 - momentum) * static_cast<double>(values[i]) + momentum * factor * batch.elements()[i]);
    };
    const double n = statistics.count;
    go_on(running_mean, statistics.mean, 1);
    go_on(running_var, statistics.variance, n / (n - 1));
  }
  return y;
}

namespace nn {

/// For BatchNorm's momentum: running statistics are the mean of those of all batches so far. PyTorch's None.
inline constexpr double cumulative_average = -1;

/// For images (Axes = 2), or for rows and sequences. ValueError for fewer channels than 1, a negative eps, a momentum
/// outside [0, 1] that is not cumulative_average.
template <Index Axes>
struct BatchNormOptions {
  static constexpr const char* layer = Axes == 2 ? "BatchNorm2d" : "BatchNorm1d";  ///< in errors

  Index channels = 0;               ///< size of the last axis; to be given
  double eps = 1e-5;                ///< added to variances
  double momentum = 0.1;            ///< share of a batch in the running statistics, or cumulative_average
  bool affine = true;               ///< with weight and bias
  bool track_running_stats = true;  ///< else the batch's statistics are taken in evaluation too

  constexpr void check_values() const {
    check<ValueError>(channels >= 1, layer, ": channels must be at least 1, got ", channels);
    check<ValueError>(eps >= 0, layer, ": eps must be at least 0, got ", eps);
    check<ValueError>((momentum >= 0 && momentum <= 1) || momentum == cumulative_average, layer,
                      ": momentum must be in [0, 1] or cumulative_average, got ", momentum);
  }
  /// The same as x: [N, H, W, C] if Axes is 2, else [N, C] or [N, T, C].
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    const bool fits = Axes == 2 ? x.rank() == 4 : x.rank() == 2 || x.rank() == 3;
    check<ShapeError>(fits && x.size(-1) == channels, layer, ": x ", x, " does not fit, expected x ",
                      Axes == 2 ? "[N, H, W, " : "[N, .., ", channels, "]");
    return x;
  }
};

using BatchNorm1dOptions = BatchNormOptions<1>;  ///< x [N, C] or [N, T, C]
using BatchNorm2dOptions = BatchNormOptions<2>;  ///< x [N, H, W, C]

namespace detail {

/// What BatchNorm1d and BatchNorm2d are.
template <Index Axes, Scalar T>
struct BatchNorm {
  BatchNormOptions<Axes> options;
  Variable<T> weight, bias;
  Buffer<T> running_mean, running_var;       ///< [C], from 0 and 1 on; none without track_running_stats
  Buffer<std::int64_t> num_batches_tracked;  ///< of training, []; likewise

  explicit BatchNorm(const BatchNormOptions<Axes>& o) : options(o) {
    options.check_values();
    const Shape each{options.channels};
    if (options.affine) {
      weight = Variable<T>(Tensor<T>::full(each, T(1)), true);
      bias = Variable<T>(Tensor<T>(each), true);
    }
    if (options.track_running_stats) {
      running_mean = Buffer<T>(Tensor<T>(each));
      running_var = Buffer<T>(Tensor<T>::full(each, T(1)));
      num_batches_tracked = Buffer<std::int64_t>(Tensor<std::int64_t>(Shape{}));
    }
  }

  Variable<T> operator()(const Variable<T>& x, Activation activation = Activation::none) const {
    output_shape(x.shape());
    const bool learns = training() != nullptr;
    double momentum = options.momentum;
    if (momentum == cumulative_average)
      momentum = running_mean ? 1 / (static_cast<double>(num_batches_tracked.value().item()) + 1) : 0;
    auto y = batch_norm(x, running_mean, running_var, weight, bias, learns, momentum, options.eps, activation);
    if (learns && num_batches_tracked) ++num_batches_tracked.writable()[0];
    return y;
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
    f("bias", bias);
    f("running_mean", running_mean);
    f("running_var", running_var);
    f("num_batches_tracked", num_batches_tracked);
  }
};

}  // namespace detail

/// y = (x - mean) / sqrt(variance + eps) weight + bias of each channel    x [N, H, W, C]; weight, bias [C]
/// In training (`nn::Training`) mean and variance are those of the batch, which change the running ones; in evaluation
/// the running ones. Weight begins as ones, bias as zeros. ValueError for one value per channel in training. Threads
/// may evaluate one layer at once, but not train it: they would change its buffers. As torch.nn.BatchNorm2d.
template <Scalar T = float>
struct BatchNorm2d : detail::BatchNorm<2, T> {
  explicit BatchNorm2d(const BatchNorm2dOptions& o) : detail::BatchNorm<2, T>(o) {}
};

/// The same for x [N, C], and for sequences [N, T, C]. As torch.nn.BatchNorm1d.
template <Scalar T = float>
struct BatchNorm1d : detail::BatchNorm<1, T> {
  explicit BatchNorm1d(const BatchNorm1dOptions& o) : detail::BatchNorm<1, T>(o) {}
};

}  // namespace nn
}  // namespace latent
