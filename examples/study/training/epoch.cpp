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

EpochLoss train_epoch(Trainer<float>& trainer, const EpochTitle& title, Overall& overall, double work) {
  Progress progress(title.text(), trainer.steps_per_epoch());
  EpochLoss result;
  double images = 0;
  for (Index done = 1; done <= trainer.steps_per_epoch(); ++done) {
    const Step step = trainer.step();
    if (!std::isfinite(step.loss))
      check_finite(step.loss, title, message("step ", done, " of ", trainer.steps_per_epoch()));
    result.per_batch += step.loss;
    result.per_image += step.loss * static_cast<double>(step.images);
    images += static_cast<double>(step.images);
    progress.show(done, static_cast<Index>(images), result.per_image / images, overall, work);
  }
  result.per_batch /= static_cast<double>(trainer.steps_per_epoch());
  result.per_image /= images;
  result.seconds = progress.elapsed();
  overall.done += work;
  return result;
}

}  // namespace study
