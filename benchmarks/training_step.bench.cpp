// Times whole training steps of the five autoencoders: fetching the batch, forward, loss, backward and Adam.

#include <algorithm>
#include <latent/core/random.hpp>
#include <latent/data/fashion_mnist.hpp>
#include <latent/nn/parameters.hpp>

#include "report.hpp"
#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/training/command_line.hpp"
#include "study/training/run.hpp"
#include "study/training/trainer.hpp"

int main(int argc, char** argv) {
  using namespace study;
  CommandLine line("Times training steps of the five autoencoders.");
  std::vector<std::string> names{"fc", "cnn", "sparse", "rnn", "vae"};
  TrainingOptions options;
  std::string json_file;
  Index microbatch = 0;
  double least_seconds = 2;
  line.list("--models", names, "which", names);
  line.number("--batch", options.batch, "images per step", {1, 60000});
  line.number("--microbatch", microbatch, "images learned from at a time; 0: as many as suits the model", {0, 60000});
  line.number("--threads", options.threads, "threads to use; 0: as many as OpenMP gives", {0, 1024});
  line.matmul_precision(options.matmul_precision);
  line.number("--seconds", least_seconds, "how long to measure each model", {0, 1e6});
  line.text("--data", options.data, "folder with FashionMNIST");
  line.text("--json", json_file, "file for the results");
  return line.run(argc, argv, options.threads, [&] {
    const data::FashionMnist mnist = load(options);
    benchmarks::Report report;
    for (const auto& model : five_models()) {
      const std::string name = model->description().id;
      if (std::ranges::find(names, name) == names.end()) continue;
      if (name == "sparse") {  // the plain price, which its peers have
        model->set("l1", 0.003);
        model->set("free", 0);
      }
      model->initialize(1);
      Rng noise(1);
      Trainer<float> trainer(nn::named_parameters(*model), mnist.train,
                             {.batch = options.batch,
                              .microbatch = microbatch > 0 ? microbatch : model->description().microbatch,
                              .drop_last = true},
                             [&](const Tensor<float>& x) { return model->loss(x, noise); });
      const double image_flops = model->description().megaflops * 1e6 / 64;
      report.time({name, options.batch, image_flops * static_cast<double>(options.batch)}, least_seconds,
                  [&] { trainer.step(); });
    }
    report.write(json_file);
  });
}
