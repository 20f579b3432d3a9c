#pragma once

#include <algorithm>
#include <latent/core/random.hpp>
#include <latent/data/fashion_mnist.hpp>
#include <latent/nn/parameters.hpp>

#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/training/command_line.hpp"
#include "study/training/run.hpp"
#include "study/training/trainer.hpp"

namespace benchmarks {

/// Training steps of the five autoencoders, as options at the command line ask for them.
struct StudySteps {
  std::vector<std::string> names{"fc", "cnn", "sparse", "rnn", "vae"};
  study::TrainingOptions options;
  std::string json_file;
  latent::Index microbatch = 0;
  double least_seconds = 2;

  void declare(study::CommandLine& line) {
    line.list("--models", names, "which", names);
    line.number("--batch", options.batch, "images per step", {1, 60000});
    line.number("--microbatch", microbatch, "images learned from at a time; 0: as many as suits the model", {0, 60000});
    line.number("--seconds", least_seconds, "how long to measure each model", {0, 1e6});
    line.text("--data", options.data, "folder with FashionMNIST");
    line.text("--json", json_file, "file for the results");
  }

  /// Calls f(description, trainer) for each model.
  template <class F>
  void each(const latent::data::FashionMnist& mnist, F f) const {
    for (const auto& model : study::five_models()) {
      const study::Description& description = model->description();
      if (std::ranges::find(names, description.id) == names.end()) continue;
      if (std::string_view(description.id) == "sparse") {  // the plain price, which its peers have
        model->set("l1", 0.003);
        model->set("free", 0);
      }
      model->initialize(1);
      latent::Rng noise(1);
      study::Trainer<float> trainer(latent::nn::named_parameters(*model), mnist.train,
                                    {.batch = options.batch,
                                     .microbatch = microbatch > 0 ? microbatch : description.microbatch,
                                     .drop_last = true},
                                    [&](const latent::Tensor<float>& x) { return model->loss(x, noise); });
      f(description, trainer);
    }
  }
};

}  // namespace benchmarks
