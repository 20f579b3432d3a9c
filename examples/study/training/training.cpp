#include "study/training/training.hpp"

#include <iostream>

namespace study {

Training::Training(const optim::NamedParameters<float>& parameters, const data::ImageDataset& images,
                   const TrainingOptions& options, TrainingSubject subject, Trainer<float>::Loss loss,
                   const Patches& patches)
    : subject_(std::move(subject)),
      trainer_(parameters, images,
               {.batch = options.batch,
                .microbatch = subject_.microbatch,
                .lr = options.lr,
                .seed = options.seed,
                .patches = patches,
                .communicator = subject_.communicator,
                .shards = options.shards},
               std::move(loss)),
      epochs_(options.epochs) {
  if (options.detect_anomaly) anomalies_.emplace(parameters);
}

void Training::resumed(Overall& overall) {
  std::cout << subject_.name << ": ";
  if (complete())
    std::cout << "trained already, " << epochs_ << " epochs\n";
  else
    std::cout << "goes on with epoch " << epoch_ << '/' << epochs_ << " after step " << sums_.steps << " of "
              << trainer_.steps_per_epoch() << '\n';
  overall.total -= subject_.work * static_cast<double>(epoch_ - 1);
  if (anomalies_) anomalies_->step(trainer_.steps() + 1);
}

EpochTitle Training::title() const {
  return {.model = subject_.name, .number = epoch_, .total = epochs_, .width = subject_.width};
}

EpochLoss Training::learn(Overall& overall, const std::function<void()>& after_step) {
  return train_epoch(trainer_, title(), overall, subject_.work, sums_, [&] {
    after_step();
    if (anomalies_) anomalies_->step(trainer_.steps() + 1);
  });
}

}  // namespace study
