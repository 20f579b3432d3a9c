#include "study/training/epoch.hpp"

#include <cmath>

#include "study/training/trainer.hpp"

namespace study {

std::string EpochTitle::text() const {
  std::string result = model;
  result.resize(std::max(result.size(), static_cast<std::size_t>(width)), ' ');
  return result + " epoch " + std::to_string(number) + '/' + std::to_string(total);
}

void check_finite(double loss, const EpochTitle& title, const std::string& where) {
  check<Error>(std::isfinite(loss), title.model, ": the loss is no longer a number in epoch ", title.number, ", ",
               where, "; a smaller --lr may help, and --detect-anomaly names the operation");
}

EpochLoss train_epoch(Trainer<float>& trainer, const EpochTitle& title, Overall& overall, double work, EpochSums& sums,
                      const std::function<void()>& after_step) {
  const Index steps = trainer.steps_per_epoch();
  Progress progress(title.text(), steps, sums.seconds);
  while (sums.steps < steps) {
    const Step step = trainer.step();
    ++sums.steps;
    if (!std::isfinite(step.loss)) check_finite(step.loss, title, message("step ", sums.steps, " of ", steps));
    sums.losses += step.loss;
    sums.losses_of_images += step.loss * static_cast<double>(step.images);
    sums.images += static_cast<double>(step.images);
    sums.seconds = progress.elapsed();
    progress.show(sums.steps, static_cast<Index>(sums.images), sums.losses_of_images / sums.images, overall, work);
    after_step();
  }
  overall.done += work;
  return {.per_batch = sums.losses / static_cast<double>(steps),
          .per_image = sums.losses_of_images / sums.images,
          .seconds = sums.seconds};
}

}  // namespace study
