// Times whole training steps of the five autoencoders: fetching the batch, forward, loss, backward and Adam.

#include <algorithm>
#include <cstdio>
#include <latent/core/parallel.hpp>
#include <latent/core/random.hpp>
#include <latent/data/fashion_mnist.hpp>
#include <latent/io/file.hpp>
#include <latent/nn/parameters.hpp>
#include <nlohmann/json.hpp>

#include "peak.hpp"
#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/training/command_line.hpp"
#include "study/training/run.hpp"
#include "study/training/trainer.hpp"

namespace benchmarks {

using namespace study;

struct Result {
  double ms_per_step;
  double best_ms;
  double images_per_s;
};

/// Median over at least so many seconds and 20 steps, after some to warm up. ValueError if there are too few images.
Result time_steps(Model& model, const data::FashionMnist& mnist, Index batch, double least_seconds) {
  model.initialize(1);
  Rng noise(1);
  Trainer<float> trainer(nn::named_parameters(model), mnist.train, {.batch = batch, .drop_last = true},
                         [&](const Tensor<float>& x) { return model.loss(x, noise); });
  for (int warm_up = 0; warm_up < 10; ++warm_up) trainer.step();
  std::vector<double> times;
  double total = 0;
  while (total < least_seconds || times.size() < 20) {
    times.push_back(seconds([&] { trainer.step(); }));
    total += times.back();
  }
  std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
  const double median = times[times.size() / 2];
  return {median * 1e3, std::ranges::min(times) * 1e3, static_cast<double>(batch) / median};
}

}  // namespace benchmarks

int main(int argc, char** argv) {
  using namespace benchmarks;
  CommandLine line("Times training steps of the five autoencoders.");
  std::vector<std::string> names{"fc", "cnn", "sparse", "rnn", "vae"};
  TrainingOptions options;
  std::string json_file;
  double least_seconds = 2;
  line.list("--models", names, "which", names);
  line.number("--batch", options.batch, "images per step", {1, 60000});
  line.number("--threads", options.threads, "threads to use; 0: as many as OpenMP gives", {0, 1024});
  line.matmul_precision(options.matmul_precision);
  line.number("--seconds", least_seconds, "how long to measure each model", {0, 1e6});
  line.text("--data", options.data, "folder with FashionMNIST");
  line.text("--json", json_file, "file for the results");
  return line.run(argc, argv, options.threads, [&] {
    const data::FashionMnist mnist = load(options);
    const int used = threads();
    const double peak = peak_flops(used);
    std::printf("peak %.1f GFLOP/s with %d threads\n", peak * 1e-9, used);
    nlohmann::json results = nlohmann::json::array();
    for (const auto& model : five_models()) {
      const std::string name = model->description().id;
      if (std::ranges::find(names, name) == names.end()) continue;
      if (name == "sparse") {  // the plain price, which PyTorch's program has
        model->set("l1", 0.003);
        model->set("free", 0);
      }
      const Result r = time_steps(*model, mnist, options.batch, least_seconds);
      const double flops = model->description().megaflops * 1e6 / 64 * r.images_per_s;
      std::printf("%-7s batch %4td  %8.3f ms/step (best %.3f)  %8.0f images/s  MFU %4.1f %%\n", name.c_str(),
                  options.batch, r.ms_per_step, r.best_ms, r.images_per_s, 100 * flops / peak);
      std::fflush(stdout);
      results.push_back({{"model", name},
                         {"batch", options.batch},
                         {"threads", used},
                         {"matmul_precision", options.matmul_precision},
                         {"ms_per_step", r.ms_per_step},
                         {"images_per_s", r.images_per_s},
                         {"mfu", flops / peak}});
    }
    if (!json_file.empty()) io::write_file(json_file, results.dump(2) + "\n");
  });
}
