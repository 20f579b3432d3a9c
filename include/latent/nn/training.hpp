#pragma once

#include <utility>

#include "latent/core/random.hpp"

/// Training and evaluation. A model is const while it runs and keeps no mode, so that threads may share it: the mode is
/// the thread's.
namespace latent::nn {

namespace detail {
inline Rng*& training_rng() {
  thread_local Rng* rng = nullptr;
  return rng;
}
}  // namespace detail

/// The random stream of the `Training` that lives in this thread; null in evaluation. For layers that do something else
/// while they are trained.
inline Rng* training() { return detail::training_rng(); }

/// While one of these lives, its thread runs layers in training mode: Dropout draws from `rng`, BatchNorm takes the
/// statistics of the batch and goes on with the running ones. Without it layers evaluate. Where there are several, the
/// youngest counts. A run that is to be resumed saves `rng` with its other state.
///
///     const nn::Training mode(rng);
///     mse_loss(model(x), y).backward();
class Training {
 public:
  /// Begins; its end is that of its block. `rng` must outlive it.
  explicit Training(Rng& rng) : before_(std::exchange(detail::training_rng(), &rng)) {}
  ~Training() { detail::training_rng() = before_; }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

 private:
  Rng* before_;
};

/// While one of these lives, its thread evaluates, within a `Training` too.
class Evaluation {
 public:
  /// Begins; its end is that of its block.
  Evaluation() : before_(std::exchange(detail::training_rng(), nullptr)) {}
  ~Evaluation() { detail::training_rng() = before_; }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  Rng* before_;
};

}  // namespace latent::nn
