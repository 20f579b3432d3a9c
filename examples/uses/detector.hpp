#pragma once

#include <cmath>
#include <cstdio>
#include <latent/metrics/roc.hpp>
#include <latent/nn/loss.hpp>
#include <latent/nn/parameters.hpp>

#include "uses/anomaly_detection.hpp"
#include "uses/anomaly_model.hpp"
#include "uses/in_turn.hpp"

// What a detector has learned and found, and how it learns.

namespace uses {

/// A task that is learned.
struct Detector {
  Task task;
  std::string title;  ///< of what is learned
  AnomalyNetwork model;
  int width = 0;                    ///< of the titles of all, for what is printed
  double work = 0;                  ///< images in all epochs
  std::vector<double> scores = {};  ///< of each test image
  double auroc = 0;                 ///< if the test images have classes
  std::vector<double> losses = {};  ///< of each epoch
  double seconds = 0;               ///< of learning
  Threshold threshold = {};         ///< if images were held out

  /// The scores, and 1 for each test image that is anomalous: for metrics.
  Tensor<double> test_scores() const { return {{std::ssize(scores)}, scores}; }
  Tensor<std::uint8_t> test_labels() const {
    return {{std::ssize(task.anomalous)}, std::vector<std::uint8_t>(task.anomalous.begin(), task.anomalous.end())};
  }

  bool has_threshold() const { return !task.held_out.empty(); }
  /// The share of the normal, or of the anomalous, test images that are above the threshold.
  double alarms(bool anomalous) const {
    double above = 0, all = 0;
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (task.anomalous[i] == anomalous) ++all, above += scores[i] > threshold.score;
    return above / all;
  }

  template <class F>
  void visit(F&& f) {
    f("model", model);
    visit_numbers(f, "scores", scores);
    visit_numbers(f, "losses", losses);
    f("auroc", auroc), f("seconds", seconds);
    f("threshold", threshold);
  }

  /// A line of what it has found, with `end` at its end.
  void print(const std::string& end) const {
    std::printf("%-*s", width, title.c_str());
    if (task.anomalous.empty()) {
      const auto [least, most] = std::ranges::minmax(scores);
      std::printf("  train loss %.4f  scores from %.4f to %.4f", losses.back(), least, most);
    } else {
      std::printf("  AUROC %.4f  train loss %.4f  tested on %td normal, %td anomalous", auroc, losses.back(),
                  std::ranges::count(task.anomalous, false), std::ranges::count(task.anomalous, true));
    }
    if (has_threshold()) std::printf("  threshold %.4g", threshold.score);
    std::printf("  %s\n", end.c_str());
    std::fflush(stdout);
  }
  void print_earlier() const { print("trained already"); }
};

/// Learns a detector.
struct DetectorLearning {
  Detector& detector;
  const ImageSets& sets;
  std::string score;
  Training training;

  DetectorLearning(Detector& result, const ImageSets& images, const ImageOptions& options, std::string kind_of_score)
      : detector(result),
        sets(images),
        score(std::move(kind_of_score)),
        training(nn::named_parameters(result.model), subset(sets.train, result.task.training), options,
                 {.name = result.title, .work = static_cast<double>(std::ssize(result.task.training))},
                 [this](const Tensor<float>& x) {
                   return mse_loss(detector.model(Variable<float>(x)), Variable<float>(x));
                 }) {}

  template <class F>
  void visit(F&& f) {
    f("training", training);
  }

  void learn_epoch(Overall& overall, const std::function<void()>& after_step) {
    const EpochLoss loss = training.learn(overall, after_step);
    detector.losses.push_back(loss.per_image);
    detector.seconds += loss.seconds;
  }

  void finish() {
    detector.scores = anomaly_scores(detector.model, sets.test, score);
    check<Error>(std::ranges::all_of(detector.scores, [](double score) { return std::isfinite(score); }),
                 detector.title, ": the scores are no longer numbers after epoch ", detector.losses.size(),
                 "; a smaller --lr may help");
    if (detector.has_threshold()) {
      const data::ImageDataset normal = subset(sets.train, detector.task.held_out);
      const double rate = detector.threshold.false_alarms;
      detector.threshold.score = alarm_threshold(anomaly_scores(detector.model, normal, score), rate);
      detector.threshold.error = alarm_threshold(peak_errors(detector.model, normal), rate);
    }
    if (!detector.task.anomalous.empty())
      detector.auroc = metrics::auroc(detector.test_scores(), detector.test_labels());
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", detector.seconds);
    detector.print(seconds);
  }
};

}  // namespace uses
