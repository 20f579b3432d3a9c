#pragma once

#include <functional>
#include <latent/autograd/detect_anomaly.hpp>
#include <optional>
#include <string>

#include "study/training/epoch.hpp"
#include "study/training/options.hpp"

/// Training, from the first epoch to the last.
namespace study {

/// What learns, and for how much of a program's work.
struct TrainingSubject {
  std::string name;
  int width = 0;    ///< of the name in lines of epochs
  double work = 0;  ///< of an epoch, a part of Overall
  Index microbatch = TrainerOptions().microbatch;
  distributed::Communicator* communicator = nullptr;  ///< of the processes that teach it; null: this one alone
};

/// A training of as many epochs as the options say, which goes on in the middle of one if its state has come from a
/// checkpoint:
///
///     if (checkpoints.resume(parts)) training.resumed(overall);
///     while (!training.complete()) {
///       const EpochLoss learned = training.learn(overall, [&] { checkpoints.after_step(parts); });
///       ..
///       training.next_epoch();
///       checkpoints.offer(parts);
///     }
class Training {
 public:
  Training(const optim::NamedParameters<float>& parameters, const data::ImageDataset& images,
           const TrainingOptions& options, TrainingSubject subject, Trainer<float>::Loss loss,
           const Patches& patches = {});

  /// Its state, for a checkpoint.
  template <class F>
  void visit(F&& f) {
    trainer_.visit(f);
    f("epoch", epoch_), f("epoch_sums", sums_);
  }

  /// Says where it goes on, once its state is that of an earlier run; what that has done is no part of `overall` then.
  void resumed(Overall& overall);

  bool complete() const { return epoch_ > epochs_; }

  /// Of the epoch that it is in.
  EpochTitle title() const;

  /// Learns what is left of the epoch, as train_epoch() does.
  EpochLoss learn(Overall& overall, const std::function<void()>& after_step);

  void next_epoch() { ++epoch_, sums_ = {}; }

 private:
  TrainingSubject subject_;
  Trainer<float> trainer_;
  std::optional<DetectAnomaly> anomalies_;
  Index epochs_, epoch_ = 1;
  EpochSums sums_;
};

}  // namespace study
