#pragma once

#include "training.hpp"

namespace examples {

/// Endless training steps of an experiment, one at a time: for benchmarks and tests.
template <class Experiment>
class Steps {
 public:
  /// ValueError if there are fewer images than a batch has.
  Steps(const Experiment& experiment, const data::ImageDataset& images, Index batch)
      : experiment_(experiment),
        model_(make_model(experiment, Settings{})),
        optimizer_(nn::parameters(model_)),
        loader_(images, {.batch_size = batch, .shuffle = true, .drop_last = true}),
        batches_((check<ValueError>(batch <= images.size(), "--batch: ", batch, " is more than the ", images.size(),
                                    " training images"),
                  loader_.begin())) {}

  /// Fetches a batch and learns from it.
  void step() {
    optimizer_.zero_grad();
    const Floats loss = experiment_.loss(model_, Floats((*batches_).images), noise_);
    loss.backward();
    optimizer_.step();
    ++batches_;
    if (batches_ == loader_.end()) batches_ = loader_.begin();
  }

  const auto& model() const { return model_; }

 private:
  using Model = decltype(make_model(std::declval<Experiment>(), Settings{}));
  using Images = data::Loader<data::ImageDataset>;

  Experiment experiment_;
  Model model_;
  optim::Adam<float> optimizer_;
  Images loader_;
  Images::Iterator batches_;
  Rng noise_{1};
};

}  // namespace examples
