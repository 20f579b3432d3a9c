#pragma once

#include "latent/nn/batch_norm.hpp"

namespace latent {

/// y = activation((x - mean) / sqrt(variance + eps) weight + bias)    x [N, .., C] -> y; weight, bias [C] or undefined
/// Mean and variance (of n elements) are those of each sample's C / groups neighbouring channels. ShapeError if the
/// shapes do not fit, ValueError for groups that do not divide C or if one value is all there is of a group. As
/// torch.nn.functional.group_norm, and an activation in the same pass. Wu and He, "Group normalization", 2018.
template <Scalar T>
Variable<T> group_norm(const Variable<T>& x, Index groups, const Variable<T>& weight = {}, const Variable<T>& bias = {},
                       double eps = 1e-5, Activation activation = Activation::none) {
  check<ShapeError>(x.shape().rank() >= 2, "group_norm: x ", x.shape(), " does not fit, expected x [N, .., C]");
  const Index n = x.size(0), c = x.size(-1), rows = x.shape().with(0, 1).with(-1, 1).numel();
  check<ValueError>(groups >= 1 && c % groups == 0, "group_norm: groups must divide the channels of x ", x.shape(),
                    ", got ", groups);
  const Index of_group = c / groups;
  check<ValueError>(n * rows * of_group != 1, "group_norm: x ", x.shape(),
                    " has one value per group, expected several, whose variance is taken");
  const kernels::ChannelSizes sizes{n, rows, c};
  Tensor<double> of_channels({2, n * c});
  double *const channel_mean = of_channels.data(), *const channel_variance = channel_mean + n * c;
  kernels::channel_moments(sizes, x.value().data(), channel_mean, channel_variance);
  detail::ChannelStatistics statistics{Tensor<double>({n, groups}), Tensor<double>({n, groups}), true};
  for (Index g = 0; g < n * groups; ++g) {
    double mean = 0, variance = 0;
    for (Index i = g * of_group; i < (g + 1) * of_group; ++i) mean += channel_mean[i];
    mean /= static_cast<double>(of_group);
    for (Index i = g * of_group; i < (g + 1) * of_group; ++i) {
      const double distance = channel_mean[i] - mean;
      variance += channel_variance[i] + distance * distance;
    }
    statistics.mean.data()[g] = mean;
    statistics.variance.data()[g] = variance / static_cast<double>(of_group);
  }
  return detail::channel_norm("group_norm", x, sizes, statistics, weight, bias, eps, activation);
}

namespace nn {

/// ValueError for sizes below 1, groups that do not divide the channels, a negative eps.
struct GroupNormOptions {
  Index groups = 0;    ///< parts of the channels, each normalised by itself; to be given
  Index channels = 0;  ///< size of the last axis; to be given
  double eps = 1e-5;   ///< added to variances
  bool affine = true;  ///< with weight and bias

  constexpr void check_values() const {
    check<ValueError>(groups >= 1 && channels >= 1 && channels % groups == 0,
                      "GroupNorm: groups must be at least 1 and divide channels, got groups ", groups, " and channels ",
                      channels);
    check<ValueError>(eps >= 0, "GroupNorm: eps must be at least 0, got ", eps);
  }
  /// The same as x, [N, .., C].
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() >= 2 && x.size(-1) == channels, "GroupNorm: x ", x, " does not fit, expected x [N, .., ",
                      channels, "]");
    return x;
  }
};

/// y = (x - mean) / sqrt(variance + eps) weight + bias of each group of channels of each sample    x [N, .., C] -> y
/// weight and bias [C] begin as ones and zeros. The same in training and evaluation. As torch.nn.GroupNorm; with as
/// many groups as channels it is torch.nn.InstanceNorm2d, which has `affine = false` by default.
template <Scalar T = float>
struct GroupNorm {
  GroupNormOptions options;
  Variable<T> weight, bias;

  explicit GroupNorm(const GroupNormOptions& o) : options(o) {
    options.check_values();
    if (!options.affine) return;
    weight = Variable<T>(Tensor<T>::full({options.channels}, T(1)), true);
    bias = Variable<T>(Tensor<T>({options.channels}), true);
  }

  Variable<T> operator()(const Variable<T>& x, Activation activation = Activation::none) const {
    output_shape(x.shape());
    return group_norm(x, options.groups, weight, bias, options.eps, activation);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
    f("bias", bias);
  }
};

}  // namespace nn
}  // namespace latent
