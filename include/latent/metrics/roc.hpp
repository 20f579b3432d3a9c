#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <numeric>
#include <vector>

#include "latent/core/tensor.hpp"

/// How well a score tells two classes apart, whatever the threshold: 0, negative or normal, and 1, positive or
/// anomalous.
namespace latent::metrics {

/// What a threshold makes of a score: all that have at least that are taken for positive.
struct RocPoint {
  double threshold = std::numeric_limits<double>::infinity();  ///< infinity takes nothing
  double fpr = 0;  ///< the share of the negatives that are taken for positive: false alarms
  double tpr = 0;  ///< the share of the positives that are: hits
};

namespace detail {

struct TwoClasses {
  double negatives = 0, positives = 0;
  std::vector<Index> ascending;  ///< numbers of the scores, from the lowest to the highest
};

template <Scalar T, std::integral Integer>
[[gnu::noinline]] TwoClasses two_classes(const char* metric, const Tensor<T>& scores, const Tensor<Integer>& labels) {
  check<ShapeError>(scores.rank() == 1 && scores.shape() == labels.shape(), metric, ": scores ", scores.shape(),
                    " do not go with labels ", labels.shape(), ", expected [N] and [N]");
  TwoClasses result;
  for (Index i = 0; i < labels.numel(); ++i) {
    const auto label = static_cast<Index>(labels.data()[i]);
    check<ValueError>(label == 0 || label == 1, metric, ": label ", label, " found, expected 0 or 1");
    const double score = static_cast<double>(scores.data()[i]);
    check<ValueError>(score == score, metric, ": score ", i, " is NaN");
    ++(label == 1 ? result.positives : result.negatives);
  }
  check<ValueError>(result.positives > 0 && result.negatives > 0, metric, ": ", result.negatives, " negative and ",
                    result.positives, " positive labels given, expected at least one of each");
  result.ascending.resize(static_cast<std::size_t>(scores.numel()));
  std::iota(result.ascending.begin(), result.ascending.end(), Index{0});
  std::ranges::sort(result.ascending, {}, [score = scores.data()](Index i) { return score[i]; });
  return result;
}

}  // namespace detail

/// The ROC curve: the points of all thresholds from infinity, where nothing is taken for positive, down to the lowest
/// score, (1, 1). Equal scores cannot be told apart: they are one step, oblique if there are both classes among them.
/// scores [N], labels [N] of 0 and 1. ShapeError for sizes that do not fit; ValueError for other labels, a score that
/// is NaN, or unless there are both classes. As sklearn.metrics.roc_curve with drop_intermediate=False.
template <Scalar T, std::integral Integer>
std::vector<RocPoint> roc_curve(const Tensor<T>& scores, const Tensor<Integer>& labels) {
  const auto [negatives, positives, order] = detail::two_classes("roc_curve", scores, labels);
  std::vector<RocPoint> curve{{}};
  double hits = 0, false_alarms = 0;
  for (std::size_t i = order.size(); i-- > 0;) {
    const T score = scores.data()[order[i]];
    ++(labels.data()[order[i]] ? hits : false_alarms);
    if (i > 0 && score == scores.data()[order[i - 1]]) continue;
    curve.push_back({static_cast<double>(score), false_alarms / negatives, hits / positives});
  }
  return curve;
}

/// The area under the ROC curve: how often a random positive has a higher score than a random negative, where equal
/// scores count half. 1 is perfect, 0.5 is chance.
/// From ranks (Mann and Whitney, 1947), exact as long as the number of pairs fits a double. Errors as above.
template <Scalar T, std::integral Integer>
double auroc(const Tensor<T>& scores, const Tensor<Integer>& labels) {
  const detail::TwoClasses classes = detail::two_classes("auroc", scores, labels);
  const std::vector<Index>& order = classes.ascending;
  const auto score = [&](std::size_t i) { return scores.data()[order[i]]; };
  double ranks = 0;  // of the positives, counted from 1; equal scores share the middle of theirs
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && score(last) == score(first)) ++last;
    for (std::size_t i = first; i < last; ++i)
      if (labels.data()[order[i]]) ranks += static_cast<double>(first + 1 + last) / 2;
  }
  return (ranks - classes.positives * (classes.positives + 1) / 2) / (classes.positives * classes.negatives);
}

}  // namespace latent::metrics
