#pragma once

#include <cmath>
#include <limits>

#include "latent/optim/optimizer.hpp"

/// What happens when a loss, or another metric, no longer gets better.
namespace latent::optim {

/// Whether a metric should become small or large.
enum class MetricMode { min, max };

/// Whether a change is measured as part of the best value, or by itself.
enum class ThresholdMode { rel, abs };

namespace detail {

/// What every metric is better than.
constexpr double worst(MetricMode mode) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return mode == MetricMode::min ? infinity : -infinity;
}

/// Whether a metric is on the right side of a bound. NaN is not.
constexpr bool is_better(MetricMode mode, double metric, double bound) {
  return mode == MetricMode::min ? metric < bound : metric > bound;
}

}  // namespace detail

/// ValueError for values out of their range.
struct ReduceLROnPlateauOptions {
  MetricMode mode = MetricMode::min;  ///< what is better
  double factor = 0.1;                ///< what the rate is multiplied by, [0, 1)
  Index patience = 10;                ///< so many evaluations in a row may be no better, at least 0
  double threshold = 1e-4;            ///< a metric that is better by no more than this is no better, at least 0, finite
  ThresholdMode threshold_mode = ThresholdMode::rel;  ///< of the best metric, or as it is
  Index cooldown = 0;                                 ///< evaluations after a reduction that do not count, at least 0
  double min_lr = 0;                                  ///< at least 0, finite
  double eps = 1e-8;  ///< a reduction by no more than this is not made, at least 0, finite

  constexpr void check_values() const {
    check<ValueError>(factor >= 0 && factor < 1 && patience >= 0 && cooldown >= 0,
                      "ReduceLROnPlateau: factor must be in [0, 1), patience and cooldown at least 0, got factor ",
                      factor, ", patience ", patience, ", cooldown ", cooldown);
    check<ValueError>(detail::is_rate(threshold) && detail::is_rate(min_lr) && detail::is_rate(eps),
                      "ReduceLROnPlateau: threshold, min_lr and eps must be at least 0 and finite, got threshold ",
                      threshold, ", min_lr ", min_lr, ", eps ", eps);
  }
};

/// Reduces a learning rate when a metric has not become better for more than `patience` evaluations:
///
///     plateau.step(loss, optimizer);  // after each evaluation; optimizer may be Groups
///
/// As torch.optim.lr_scheduler.ReduceLROnPlateau; ValueError for options out of their range.
class ReduceLROnPlateau {
 public:
  ReduceLROnPlateauOptions options;  ///< may be changed between evaluations

  /// ValueError for options out of their range.
  explicit ReduceLROnPlateau(const ReduceLROnPlateauOptions& o = {}) : options(o), best_(detail::worst(o.mode)) {
    options.check_values();
  }

  /// Takes note of a metric, and changes the rate of an optimizer, or of all its groups, if it is time.
  template <class O>
  void step(double metric, O& optimizer) {
    if (!is_time(metric)) return;
    if constexpr (requires { optimizer.groups; }) {
      for (auto& group : optimizer.groups) reduce(group.options.lr);
    } else {
      reduce(optimizer.options.lr);
    }
  }

  /// The best metric so far.
  double best() const { return best_; }

  /// Its state, for a checkpoint, under PyTorch's names. Options are not saved.
  template <class F>
  void visit(F&& f) {
    f("best", best_), f("num_bad_epochs", bad_), f("cooldown_counter", cooldown_);
  }

 private:
  bool is_time(double metric) {
    options.check_values();
    const double change = options.mode == MetricMode::min ? -options.threshold : options.threshold;
    const bool relative = options.threshold_mode == ThresholdMode::rel && std::isfinite(best_);
    const bool better = detail::is_better(options.mode, metric, relative ? best_ * (1 + change) : best_ + change);
    if (better) best_ = metric;
    bad_ = better || cooldown_ > 0 ? 0 : bad_ + 1;
    if (cooldown_ > 0) --cooldown_;
    if (bad_ <= options.patience) return false;
    cooldown_ = options.cooldown;
    bad_ = 0;
    return true;
  }

  void reduce(double& lr) const {
    const double reduced = std::max(lr * options.factor, options.min_lr);
    if (lr - reduced > options.eps) lr = reduced;
  }

  double best_;
  Index bad_ = 0, cooldown_ = 0;
};

/// ValueError for values out of their range.
struct EarlyStoppingOptions {
  Index patience = 3;                 ///< evaluations in a row that are no better, after which to stop, at least 1
  double min_delta = 0;               ///< a metric that is better by no more than this is no better, at least 0, finite
  MetricMode mode = MetricMode::min;  ///< what is better

  constexpr void check_values() const {
    check<ValueError>(patience >= 1 && detail::is_rate(min_delta),
                      "EarlyStopping: patience must be at least 1, and min_delta at least 0 and finite, got patience ",
                      patience, ", min_delta ", min_delta);
  }
};

/// Says when to stop: `if (stopping(loss)) break;` after each evaluation. NaN is no better than anything.
class EarlyStopping {
 public:
  EarlyStoppingOptions options;  ///< may be changed between evaluations

  /// ValueError for options out of their range.
  explicit EarlyStopping(const EarlyStoppingOptions& o = {}) : options(o), best_(detail::worst(o.mode)) {
    options.check_values();
  }

  /// Takes note of a metric. Whether it is time to stop.
  bool operator()(double metric) {
    options.check_values();
    const double change = options.mode == MetricMode::min ? -options.min_delta : options.min_delta;
    const bool better = detail::is_better(options.mode, metric, best_ + change);
    if (better) best_ = metric;
    wait_ = better ? 0 : wait_ + 1;
    return wait_ >= options.patience;
  }

  /// The best metric so far.
  double best() const { return best_; }
  /// Whether the last was that: then keep the weights.
  bool improved() const { return wait_ == 0; }

  /// Its state, for a checkpoint. Options are not saved.
  template <class F>
  void visit(F&& f) {
    f("best", best_), f("wait_count", wait_);
  }

 private:
  double best_;
  Index wait_ = 0;
};

}  // namespace latent::optim
