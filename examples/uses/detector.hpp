#pragma once

#include <cmath>
#include <cstdio>
#include <latent/nn/loss.hpp>
#include <latent/nn/parameters.hpp>

#include "uses/anomaly_detection.hpp"
#include "uses/in_turn.hpp"
#include "uses/roc.hpp"

// What a detector has learned and found, and how it learns.

namespace uses {

/// A task that is learned.
struct Detector {
  Task task;
  std::string title;                ///< of what is learned
  int width = 0;                    ///< of the titles of all, for what is printed
  double work = 0;                  ///< images in all epochs
  std::vector<double> scores = {};  ///< of each test image
  double auroc = 0;                 ///< if the test images have classes
  std::vector<double> losses = {};  ///< of each epoch
  double seconds = 0;               ///< of learning

  template <class F>
  void visit(F&& f) {
    visit_numbers(f, "scores", scores);
    visit_numbers(f, "losses", losses);
    f("auroc", auroc), f("seconds", seconds);
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
    std::printf("  %s\n", end.c_str());
    std::fflush(stdout);
  }
  void print_earlier() const { print("trained already"); }
};

/// Learns a detector.
struct DetectorLearning {
  Detector& detector;
  const data::ImageDataset& test;
  Index batch;
  AnomalyAutoencoder model;
  Training training;

  DetectorLearning(Detector& result, const ImageSets& sets, const ImageOptions& options, AnomalyAutoencoder network)
      : detector(result),
        test(sets.test),
        batch(options.batch),
        model(std::move(network)),
        training(nn::named_parameters(model), subset(sets.train, result.task.training), options,
                 {.name = result.title, .work = static_cast<double>(std::ssize(result.task.training))},
                 [this](const Tensor<float>& x) { return mse_loss(model(Variable<float>(x)), Variable<float>(x)); }) {}

  template <class F>
  void visit(F&& f) {
    f("model", model), f("training", training);
  }

  void learn_epoch(Overall& overall, const std::function<void()>& after_step) {
    const EpochLoss loss = training.learn(overall, after_step);
    detector.losses.push_back(loss.per_image);
    detector.seconds += loss.seconds;
  }

  void finish() {
    detector.scores = anomaly_scores(model, test, batch);
    check<Error>(std::ranges::all_of(detector.scores, [](double score) { return std::isfinite(score); }),
                 detector.title, ": the scores are no longer numbers after epoch ", detector.losses.size(),
                 "; a smaller --lr may help");
    if (!detector.task.anomalous.empty()) detector.auroc = auroc(detector.scores, detector.task.anomalous);
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", detector.seconds);
    detector.print(seconds);
  }
};

}  // namespace uses
