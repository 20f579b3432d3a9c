#pragma once

#include <functional>
#include <string>

#include "study/training/progress.hpp"
#include "study/training/trainer.hpp"

/// Training, an epoch at a time.
namespace study {

/// Which epoch of which model, for what is printed: "FC-AE     epoch 2/5".
struct EpochTitle {
  std::string model;
  Index number, total;
  int width = 0;  ///< of the model's name

  std::string text() const;
};

struct EpochLoss {
  double per_batch = 0;  ///< mean of the losses of all batches, of which the last may be smaller
  double per_image = 0;  ///< mean with each batch weighing as much as it has images
  double seconds = 0;
};

/// What the steps of an epoch have come to so far.
struct EpochSums {
  Index steps = 0;
  double losses = 0, losses_of_images = 0, images = 0, seconds = 0;

  template <class F>
  void visit(F&& f) {
    f("steps", steps), f("losses", losses), f("losses_of_images", losses_of_images), f("images", images);
    f("seconds", seconds);
  }
};

/// Takes as many steps as an epoch has, those in `sums` among them, and shows the progress at a terminal; `work` is its
/// part of `overall`. Calls after_step() after each. Error, right after the step, if the loss is no longer a number.
EpochLoss train_epoch(Trainer<float>& trainer, const EpochTitle& title, Overall& overall, double work, EpochSums& sums,
                      const std::function<void()>& after_step);

/// Error, which says where and advises a smaller learning rate, unless a loss is a finite number.
void check_finite(double loss, const EpochTitle& title, const std::string& where);

}  // namespace study
