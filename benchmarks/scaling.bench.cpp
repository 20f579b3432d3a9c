// What training steps of the five autoencoders consist of for threads: their parallel regions with the number of tasks,
// timed on one thread, and what the regions leave over. scaling.py predicts from it how fast many cores are.

#include "regions.hpp"
#include "report.hpp"
#include "shared_lines.hpp"
#include "study_steps.hpp"

namespace {

using namespace study;
using nlohmann::json;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Seconds of a region without work for 2, 4, 8, .. threads of `most`, by number of threads.
json region_seconds(int most) {
  json result = json::object();
  for (int count = 2; count <= most; count *= 2) {
    set_threads(count);
    latent::detail::team_size = {};  // which takes regions without work for a loss, in time
    std::vector<double> times;
    for (int i = 0; i < 20000; ++i)
      times.push_back(benchmarks::seconds([&] { parallel_for(count, 1e9, [](Index) {}); }));
    if (latent::detail::team_size.size() == count) result[std::to_string(count)] = median(times);
  }
  return result;
}

/// A step of the model: medians of the regions over many steps, and of what is between them.
template <class StepFunction>
json regions_of(const StepFunction& step, double least_seconds) {
  for (int warm_up = 0; warm_up < 10; ++warm_up) step();
  std::vector<double> plain;
  std::vector<std::vector<benchmarks::Region>> steps;
  std::vector<double> outside;
  for (double total = 0; total < least_seconds || plain.size() < 20; total += 2 * plain.back()) {
    plain.push_back(benchmarks::seconds(step));
    benchmarks::RegionTimer timer;
    double rest = benchmarks::seconds(step);
    if (!steps.empty() && timer.regions.size() != steps[0].size()) continue;  // a new epoch began
    for (const benchmarks::Region& region : timer.regions) rest -= region.seconds;
    outside.push_back(rest);
    steps.push_back(std::move(timer.regions));
  }
  json regions = json::array();
  for (std::size_t r = 0; r < steps[0].size(); ++r) {
    std::vector<double> times;
    for (const auto& all : steps) times.push_back(all[r].seconds);
    regions.push_back({{"tasks", steps[0][r].tasks}, {"work", steps[0][r].work}, {"seconds", median(times)}});
  }
  benchmarks::Crossing::Counter counter;
  step();
  return {{"seconds", median(plain)},
          {"outside", median(outside)},
          {"regions", regions},
          {"numbers_whole", counter.crossing().whole},
          {"numbers_parts", counter.crossing().parts}};
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line("Lists the parallel regions in training steps of the five autoencoders.");
  benchmarks::StudySteps steps;
  TrainingOptions& options = steps.options;
  steps.declare(line);
  line.number("--threads", options.threads, "threads up to which regions are timed; 0: as OpenMP gives", {0, 1024});
  return line.run(argc, argv, options.threads, [&] {
    const data::FashionMnist mnist = load(options);
    const auto line_ns = benchmarks::shared_line_ns();
    json all{{"batch", options.batch},
             {"least_work", least_work_of_a_thread},
             {"region_seconds", region_seconds(threads())},
             {"line_ns", line_ns ? json(*line_ns) : json()},
             {"models", json::array()}};
    set_threads(1);
    steps.each(mnist, [&](const Description& model, Trainer<float>& trainer) {
      json result = regions_of([&] { trainer.step(); }, steps.least_seconds);
      double inside = 0;
      for (const json& region : result["regions"]) inside += region["seconds"].get<double>();
      std::printf("%-8s batch %4td  %8.3f ms a step on one thread, %7.3f of them in %3zu regions, %7.3f outside\n",
                  model.id, options.batch, 1e3 * result["seconds"].get<double>(), 1e3 * inside,
                  result["regions"].size(), 1e3 * result["outside"].get<double>());
      std::fflush(stdout);
      result["name"] = model.id;
      all["models"].push_back(std::move(result));
    });
    if (!steps.json_file.empty()) io::write_file(steps.json_file, all.dump(1) + "\n");
  });
}
