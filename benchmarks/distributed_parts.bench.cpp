// What training steps by several processes consist of, from which distributed_scaling.py predicts those of many. One
// process times a step: when each operation of its backward() ends, and when the gradient of each parameter is there.
// Two time how long they take to exchange numbers, and to add them up:
//
//     bench_distributed_parts --json step.json
//     mpirun -n 2 bench_distributed_parts --json exchange.json

#include <latent/autograd/gradient_hook.hpp>
#include <latent/distributed/mpi.hpp>
#include <latent/distributed/sum_over_ranks.hpp>
#include <nlohmann/json.hpp>

#include "distributed_models.hpp"
#include "peak.hpp"

namespace {

using namespace latent;
using benchmarks::median;
using nlohmann::json;

/// When something happens in a step, many times over.
struct Times {
  std::vector<std::vector<double>> of_steps;

  json medians() const {
    json result = json::array();
    for (std::size_t i = 0; i < of_steps[0].size(); ++i) {
      std::vector<double> times;
      for (const auto& times_of_step : of_steps) times.push_back(times_of_step[i]);
      result.push_back(median(times));
    }
    return result;
  }
};

/// Steps without communication: seconds from their begin, medians.
template <class Model, class Loss>
json parts_of(const std::string& name, const Model& model, const Loss& loss, const data::ImageDataset& images,
              Index batch, double least_seconds) {
  data::Loader loader(images, {.batch_size = batch, .shuffle = true, .drop_last = true});
  optim::Adam optimizer(nn::named_parameters(model));
  const std::vector<Variable<float>> parameters = nn::parameters<float>(model);
  Times ready, operations;
  std::vector<double> steps;
  double total = 0;
  Index warm_up = 3;
  while (total < least_seconds || steps.size() < 5)
    for (const auto& images_of_step : loader) {
      if (total >= least_seconds && steps.size() >= 5) break;
      std::vector<double> of_parameters(parameters.size()), of_operations;
      Rng rng(1, steps.size());
      const nn::Training mode(rng);
      const double begun = latent::detail::clock_seconds();
      const auto now = [&] { return latent::detail::clock_seconds() - begun; };
      {
        const Variable<float> result = loss(images_of_step, rng);
        optimizer.zero_grad();
        const GradientHook<float> hook(
            parameters, [&](Index i) { of_parameters[static_cast<std::size_t>(i)] = now(); },
            [&] { of_operations.push_back(now()); });
        result.backward();
      }
      optimizer.step();
      if (--warm_up >= 0) continue;
      steps.push_back(now());
      total += steps.back();
      ready.of_steps.push_back(std::move(of_parameters));
      operations.of_steps.push_back(std::move(of_operations));
    }
  json bytes = json::array();
  for (const Variable<float>& parameter : parameters) bytes.push_back(parameter.numel() * Index{sizeof(float)});
  return {{"name", name},
          {"seconds", median(steps)},
          {"bytes", bytes},
          {"ready", ready.medians()},
          {"operations", operations.medians()}};
}

/// Seconds for each byte of gradients that are copied or added, which are not in the nearest cache.
json seconds_of_byte(kernels::WriteMode mode) {
  constexpr Index n = Index{1} << 16, arrays = 16;
  Tensor<float> from({arrays, n}), to({arrays, n});
  std::vector<double> times;
  for (Index i = 0; i < 20 * arrays; ++i)
    times.push_back(benchmarks::seconds([&] {
      const Index at = i % arrays * n;
      kernels::copy(n, std::as_const(from).data() + at, to.data() + at, mode);
    }));
  return median(times) / (n * sizeof(float));
}

/// Seconds of f() by all, which begin together. Each has just written the values, which are not in the others' caches.
template <class F>
double seconds_together(distributed::Communicator& communicator, Tensor<float>& values, F f) {
  std::vector<double> times;
  const Index repetitions = std::clamp<Index>((Index{1} << 25) / values.numel(), 20, 500);
  for (Index i = 0; i < repetitions; ++i) {
    std::ranges::fill(values.elements(), 1.f);
    communicator.barrier();
    times.push_back(benchmarks::seconds(f));
  }
  return median(times);
}

json exchanges(distributed::Communicator& communicator) {
  json result = json::array();
  for (Index bytes = Index{1} << 10; bytes <= Index{1} << 24; bytes *= 2) {
    Tensor<float> values({bytes / Index{sizeof(float)}}), others(values.shape());
    json line{{"bytes", bytes}};
    if (communicator.size() == 2)
      line["exchange"] = seconds_together(communicator, values, [&] {
        communicator.wait(communicator.start_exchange(1 - communicator.rank(), 0, std::as_bytes(values.elements()),
                                                      std::as_writable_bytes(others.elements())));
      });
    for (const auto& [name, method] :
         {std::pair("reproducible", distributed::Method::reproducible), std::pair("fast", distributed::Method::fast)}) {
      distributed::SumOverRanks<float> sum;
      line[name] = seconds_together(communicator, values, [&, method = method] {
        sum.start(communicator, method, 0, values);
        sum.wait();
      });
    }
    result.push_back(line);
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  study::CommandLine line("Times what training steps by several processes consist of.");
  std::vector<std::string> names = benchmarks::distributed_models();
  study::TrainingOptions options;
  std::string json_file;
  double least_seconds = 1;
  line.list("--models", names, "which", names);
  line.number("--batch", options.batch, "images per step and process", {1, 60000});
  line.number("--seconds", least_seconds, "how long to measure each model", {0, 1e6});
  line.text("--data", options.data, "folder with FashionMNIST");
  line.text("--json", json_file, "file for the results");
  return line.run(argc, argv, options.threads, [&] {
    set_threads(1);
    distributed::with_mpi([&](distributed::Communicator& communicator) {
      json all{{"ranks", communicator.size()},
               {"batch", options.batch},
               {"copy", seconds_of_byte(kernels::WriteMode::overwrite)},
               {"add", seconds_of_byte(kernels::WriteMode::accumulate)}};
      if (communicator.size() > 1) {
        all["sums"] = exchanges(communicator);
      } else {
        const data::FashionMnist mnist = study::load(options);
        all["models"] = json::array();
        benchmarks::each_distributed_model(names, [&](const std::string& name, const auto& model, const auto& loss) {
          all["models"].push_back(parts_of(name, model, loss, mnist.train, options.batch, least_seconds));
          std::printf("%-8s %8.3f ms a step\n", name.c_str(), 1e3 * all["models"].back()["seconds"].get<double>());
          std::fflush(stdout);
        });
      }
      if (communicator.rank() == 0 && !json_file.empty()) io::write_file(json_file, all.dump(1) + "\n");
      return 0;
    });
  });
}
