// Times whole training steps of the five autoencoders: fetching the batch, forward, loss, backward and Adam.

#include <nlohmann/json.hpp>

#include "cnn_autoencoder.hpp"
#include "fc_autoencoder.hpp"
#include "peak.hpp"
#include "rnn_autoencoder.hpp"
#include "sparse_autoencoder.hpp"
#include "steps.hpp"
#include "variational_autoencoder.hpp"

namespace benchmarks {

using namespace examples;

struct Result {
  double ms_per_step;
  double best_ms;
  double images_per_s;
};

/// Median over at least so many seconds and 20 steps, after some to warm up. ValueError if there are too few images.
template <class Experiment>
Result time_steps(const Experiment& experiment, const data::FashionMnist& mnist, Index batch, double least_seconds) {
  Steps<Experiment> steps(experiment, mnist.train, batch);
  for (int warm_up = 0; warm_up < 10; ++warm_up) steps.step();
  std::vector<double> times;
  double total = 0;
  while (total < least_seconds || times.size() < 20) {
    times.push_back(seconds([&] { steps.step(); }));
    total += times.back();
  }
  std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
  const double median = times[times.size() / 2];
  return {median * 1e3, std::ranges::min(times) * 1e3, static_cast<double>(batch) / median};
}

}  // namespace benchmarks

int main(int argc, char** argv) {
  using namespace benchmarks;
  CLI::App app("Times training steps of the five autoencoders.");
  app.option_defaults()->always_capture_default();
  std::vector<std::string> names{"fc", "cnn", "sparse", "rnn", "vae"};
  Settings settings;
  std::string json_file;
  double least_seconds = 2;
  app.add_option("--models", names, "which")->delimiter(',')->check(CLI::IsMember(names));
  app.add_option("--batch", settings.batch, "images per step")->check(between(1, 60000));
  app.add_option("--threads", settings.threads, "threads to use; 0: as many as OpenMP gives")->check(between(0, 1024));
  app.add_option("--seconds", least_seconds, "how long to measure each model")->check(between(0, 1e6));
  app.add_option("--data", settings.data, "folder with FashionMNIST");
  app.add_option("--json", json_file, "file for the results");
  return guarded_main(app, argc, argv, settings.threads, [&] {
    const data::FashionMnist mnist = settings.load();
    const int used = threads();
    const double peak = peak_flops(used);
    std::printf("peak %.1f GFLOP/s with %d threads\n", peak * 1e-9, used);
    nlohmann::json results = nlohmann::json::array();
    const auto measure = [&](const std::string& name, const auto& experiment) {
      if (std::ranges::find(names, name) == names.end()) return;
      const Result r = time_steps(experiment, mnist, settings.batch, least_seconds);
      const double flops = experiment.megaflops * 1e6 / 64 * r.images_per_s;
      std::printf("%-7s batch %4td  %8.3f ms/step (best %.3f)  %8.0f images/s  MFU %4.1f %%\n", name.c_str(),
                  settings.batch, r.ms_per_step, r.best_ms, r.images_per_s, 100 * flops / peak);
      std::fflush(stdout);
      results.push_back({{"model", name},
                         {"batch", settings.batch},
                         {"threads", used},
                         {"ms_per_step", r.ms_per_step},
                         {"images_per_s", r.images_per_s},
                         {"mfu", flops / peak}});
    };
    measure("fc", FcAutoencoder{});
    measure("cnn", CnnAutoencoder{});
    measure("sparse", SparseAutoencoder{.l1 = 0.003, .free = 0});  // the plain price, which PyTorch's program has
    measure("rnn", RnnAutoencoder{});
    measure("vae", VariationalAutoencoder{});
    if (!json_file.empty()) io::write_file(json_file, results.dump(2) + "\n");
  });
}
