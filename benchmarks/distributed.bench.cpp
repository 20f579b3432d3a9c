// Times training steps by several processes, and what of them is communication:
//
//     mpirun -n 2 bench_distributed --threads 1

#include <latent/distributed/data_parallel.hpp>
#include <latent/distributed/distributed_loader.hpp>
#include <latent/distributed/mpi.hpp>
#include <latent/optim/adam.hpp>

#include <nlohmann/json.hpp>

#include "distributed_models.hpp"

namespace {

using namespace latent;
using benchmarks::median;

struct Settings {
  Index batch = 64, steps = 200, shards = 0, bucket_kib = 256, round = 20;
  std::string method = "reproducible";
};

/// Prints a line for a model, and gives it: rounds of steps, of which the median counts.
template <class Model, class Loss>
nlohmann::json time_steps(const std::string& name, const Model& model, const Loss& loss,
                          const data::ImageDataset& images, distributed::Communicator& communicator,
                          const Settings& settings) {
  distributed::DataParallel parallel(
      model, communicator,
      {.method = settings.method == "fast" ? distributed::Method::fast : distributed::Method::reproducible,
       .shards = settings.shards > 0 ? settings.shards : communicator.size(),
       .bucket_bytes = settings.bucket_kib << 10});
  distributed::DistributedLoader loader(
      images, communicator, {.batch_size = settings.batch * communicator.size(), .shuffle = true, .drop_last = true});
  optim::Adam optimizer(nn::named_parameters(model));
  const Index of_round = settings.round;
  std::vector<double> times, waits, communications;
  const double none = 0;
  double begun = none, waited = none, communicated = none;
  const Index last = parallel.steps() + settings.steps + of_round;
  while (parallel.steps() < last)
    for (const auto& batch : loader) {
      if (parallel.steps() == last) break;
      parallel.backward(batch, loss);
      optimizer.step();
      if (parallel.steps() % of_round != 0) continue;
      const double now = latent::detail::clock_seconds();
      if (parallel.steps() > of_round) {
        times.push_back((now - begun) / of_round);
        waits.push_back((parallel.waited_seconds() - waited) / of_round);
        communications.push_back((parallel.communication_seconds() - communicated) / of_round);
      }
      begun = now;
      waited = parallel.waited_seconds();
      communicated = parallel.communication_seconds();
    }
  const double step = median(times);
  if (communicator.rank() == 0)
    std::printf("%-10s %8.3f ms a step, waited %5.1f %%, all communication %5.1f %%\n", name.c_str(), 1e3 * step,
                100 * median(waits) / step, 100 * median(communications) / step);
  return {{"name", name}, {"seconds", step}, {"waited", median(waits)}, {"communication", median(communications)}};
}

}  // namespace

int main(int argc, char** argv) {
  study::CommandLine line("Times training steps by the processes that mpirun starts.");
  std::vector<std::string> names = benchmarks::distributed_models();
  study::TrainingOptions options;
  std::string json_file;
  Settings settings;
  line.list("--models", names, "which", names);
  line.number("--batch", settings.batch, "images per step and process", {1, 60000});
  line.number("--steps", settings.steps, "to measure", {1, 1e6});
  line.number("--round", settings.round, "steps that are timed at once", {1, 1e6});
  line.number("--shards", settings.shards, "of all processes; 0: one for each", {0, 65536});
  line.number("--bucket", settings.bucket_kib, "KiB of gradients that are sent at once", {1, 1 << 20});
  line.choice("--method", settings.method, "of adding gradients", {"fast", "reproducible"});
  line.text("--data", options.data, "folder with FashionMNIST");
  line.text("--json", json_file, "file for the results");
  line.number("--threads", options.threads, "of each process; 0: as many as OpenMP gives", {0, 1024});
  return line.run(argc, argv, options.threads, [&] {
    distributed::with_mpi([&](distributed::Communicator& communicator) {
      const data::FashionMnist mnist = study::load(options);
      auto results = nlohmann::json::array();
      benchmarks::each_distributed_model(names, [&](const std::string& name, const auto& model, const auto& loss) {
        results.push_back(time_steps(name, model, loss, mnist.train, communicator, settings));
      });
      if (communicator.rank() == 0 && !json_file.empty()) io::write_file(json_file, results.dump(1) + "\n");
      return 0;
    });
  });
}
