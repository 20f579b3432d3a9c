#pragma once

#include <algorithm>
#include <cstddef>
#include <latent/core/check.hpp>
#include <numeric>
#include <vector>

// How well a score tells anomalous images from normal ones.

namespace uses {

/// Where a threshold puts a detector: the shares of the normal and of the anomalous images that are above it.
struct RocPoint {
  double false_alarms = 0, hits = 0;
};

namespace detail {

struct Counts {
  double normal, anomalous;
};

inline Counts count(const char* function, const std::vector<double>& scores, const std::vector<bool>& anomalous) {
  latent::check<latent::ValueError>(scores.size() == anomalous.size(), function, ": ", scores.size(), " scores of ",
                                    anomalous.size(), " images");
  const auto positives = std::ranges::count(anomalous, true), negatives = std::ranges::count(anomalous, false);
  latent::check<latent::ValueError>(positives > 0 && negatives > 0, function, ": ", negatives, " normal and ",
                                    positives, " anomalous images given, expected at least one of each");
  return {static_cast<double>(negatives), static_cast<double>(positives)};
}

/// Numbers of the scores, from the lowest to the highest.
inline std::vector<std::size_t> ascending(const std::vector<double>& scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  return order;
}

}  // namespace detail

/// The ROC curve: the points of all thresholds from the highest score, where nothing is above, to (1, 1). Equal scores
/// cannot be told apart: they are one step, oblique if there are normal and anomalous images among them.
/// ValueError unless there is an image of both kinds.
inline std::vector<RocPoint> roc_curve(const std::vector<double>& scores, const std::vector<bool>& anomalous) {
  const detail::Counts counts = detail::count("roc_curve", scores, anomalous);
  std::vector<std::size_t> order = detail::ascending(scores);
  std::ranges::reverse(order);
  std::vector<RocPoint> curve{{}};
  double hits = 0, false_alarms = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++(anomalous[order[i]] ? hits : false_alarms);
    if (i + 1 < order.size() && scores[order[i]] == scores[order[i + 1]]) continue;
    curve.push_back({false_alarms / counts.normal, hits / counts.anomalous});
  }
  return curve;
}

/// The area under the ROC curve: how often a random anomalous image has a higher score than a random normal one, where
/// equal scores count half. 1 is perfect, 0.5 is chance.
/// From ranks (Mann and Whitney, 1947), exact as long as the number of pairs fits a double. ValueError as above.
inline double auroc(const std::vector<double>& scores, const std::vector<bool>& anomalous) {
  const detail::Counts counts = detail::count("auroc", scores, anomalous);
  const std::vector<std::size_t> order = detail::ascending(scores);
  double ranks = 0;  // of the anomalous images, counted from 1; equal scores share the middle of theirs
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && scores[order[last]] == scores[order[first]]) ++last;
    for (std::size_t i = first; i < last; ++i)
      if (anomalous[order[i]]) ranks += static_cast<double>(first + 1 + last) / 2;
  }
  return (ranks - counts.anomalous * (counts.anomalous + 1) / 2) / (counts.anomalous * counts.normal);
}

}  // namespace uses
