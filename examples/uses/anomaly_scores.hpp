#pragma once

#include <algorithm>
#include <cmath>
#include <latent/data/dataset.hpp>
#include <latent/data/loader.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "uses/anomaly_network.hpp"

// How badly images are reconstructed, where, and from where on that is anomalous.

namespace uses {

/// Images in one go, for their errors: the same for all runs, so that scores have the same bits in all of them.
inline constexpr Index scored_together = 64;

/// The squared error of each pixel, the mean over its channels, [H, W], and smoothed: a normal image has single pixels
/// with large errors, a fault has many. Gaussian, with a standard deviation of a 64th of the longer side, at least one
/// pixel, which is 4 for images of 256 x 256 (Bergmann et al., "MVTec AD", 2019, has pictures of that kind of fault).
inline Tensor<float> error_map(const float* image, const float* reconstruction, Index h, Index w, Index channels) {
  Tensor<float> map({h, w});
  float* const to = map.data();
  for (Index i = 0; i < h * w; ++i) {
    float squares = 0;
    for (Index c = 0; c < channels; ++c) {
      const float difference = image[i * channels + c] - reconstruction[i * channels + c];
      squares += difference * difference;
    }
    to[i] = squares / static_cast<float>(channels);
  }
  const double deviation = std::max(static_cast<double>(std::max(h, w)) / 64, 1.0);
  const auto radius = static_cast<Index>(std::ceil(2 * deviation));
  std::vector<float> weights;
  for (Index i = -radius; i <= radius; ++i)
    weights.push_back(static_cast<float>(std::exp(-0.5 * static_cast<double>(i * i) / (deviation * deviation))));
  const float sum = std::accumulate(weights.begin(), weights.end(), 0.0f);
  for (float& weight : weights) weight /= sum;
  std::vector<float> line;
  const auto smooth = [&](Index lines, Index size, Index line_step, Index step) {  // the border is repeated outwards
    for (Index l = 0; l < lines; ++l) {
      float* const from = to + l * line_step;
      line.clear();
      for (Index i = -radius; i < size + radius; ++i) line.push_back(from[std::clamp<Index>(i, 0, size - 1) * step]);
      for (Index i = 0; i < size; ++i) {
        float smoothed = 0;
        for (std::size_t k = 0; k < weights.size(); ++k) smoothed += weights[k] * line[static_cast<std::size_t>(i) + k];
        from[i * step] = smoothed;
      }
    }
  };
  smooth(h, w, w, 1);
  smooth(w, h, 1, w);
  return map;
}

/// Reconstructs all images; f(index, image, reconstruction), with pointers to their pixels, may be called by several
/// threads.
template <class F>
void each_reconstruction(const AnomalyNetwork& model, const data::ImageDataset& set, F f) {
  const NoGrad no_grad;
  data::Loader batches(set, {.batch_size = scored_together});
  Index first = 0;
  for (const auto& batch : batches) {
    const Tensor<float> reconstruction = model(Variable<float>(batch.images)).value();
    const Index size = batch.images.shape().stride(0);
    const float* const a = batch.images.data();
    const float* const b = reconstruction.data();
    parallel_for(batch.size(), 20 * static_cast<double>(size),
                 [&](Index i) { f(first + i, a + i * size, b + i * size); });
    first += batch.size();
  }
}

/// The largest smoothed error of each image.
inline std::vector<double> peak_errors(const AnomalyNetwork& model, const data::ImageDataset& set) {
  std::vector<double> result(static_cast<std::size_t>(set.size()));
  const Index h = set.images.size(1), w = set.images.size(2), channels = set.channels();
  each_reconstruction(model, set, [&](Index i, const float* image, const float* reconstruction) {
    const Tensor<float> map = error_map(image, reconstruction, h, w, channels);
    result[static_cast<std::size_t>(i)] = std::ranges::max(std::as_const(map).elements());
  });
  return result;
}

/// The anomaly score of each image: "mean", the mean squared error of its reconstruction, or "peak", the largest
/// smoothed error.
inline std::vector<double> anomaly_scores(const AnomalyNetwork& model, const data::ImageDataset& set,
                                          const std::string& score) {
  if (score == "peak") return peak_errors(model, set);
  std::vector<double> result(static_cast<std::size_t>(set.size()));
  const Index size = set.images.shape().stride(0);
  each_reconstruction(model, set, [&](Index i, const float* a, const float* b) {
    double squares = 0;
    for (Index pixel = 0; pixel < size; ++pixel, ++a, ++b) squares += (*a - *b) * (*a - *b);
    result[static_cast<std::size_t>(i)] = squares / static_cast<double>(size);
  });
  return result;
}

/// The threshold above which a score is an alarm, so that of new normal images at most the share `false_alarms` is: the
/// ceil((n + 1) (1 - false_alarms))-th smallest of n scores of normal images that were not learned from, which holds on
/// average over their choice (Papadopoulos et al., "Inductive confidence machines", 2002). The largest one if n is too
/// small for that. ValueError without scores.
inline double alarm_threshold(std::vector<double> normal, double false_alarms) {
  check<ValueError>(!normal.empty(), "alarm_threshold: no scores of normal images given");
  std::ranges::sort(normal);
  const auto n = static_cast<double>(normal.size());
  const double rank = std::ceil((n + 1) * (1 - false_alarms) - 1e-9);  // 0.9 (n + 1) may be just above a whole number
  return normal[static_cast<std::size_t>(std::clamp(rank, 1.0, n)) - 1];
}

/// The false alarms that n held-out images can promise at best.
inline double least_false_alarms(Index n) { return 1 / static_cast<double>(n + 1); }

}  // namespace uses
