// Times whole training steps of ordinary networks.

#include <algorithm>
#include <cstdio>
#include <latent/io/file.hpp>
#include <nlohmann/json.hpp>

#include "networks.hpp"
#include "peak.hpp"
#include "study/training/command_line.hpp"

namespace benchmarks {

Network network_of(const std::string& name) {
  if (name == "lenet") return lenet(64);
  if (name == "lenet_256") return lenet(256);
  if (name == "resnet") return resnet();
  return name == "gru" ? gru() : transformer();
}

/// Median seconds of at least so many seconds and 20 steps, after some to warm up.
double time_steps(const Network& network, double least_seconds) {
  for (int warm_up = 0; warm_up < 10; ++warm_up) network.step();
  std::vector<double> times;
  double total = 0;
  while (total < least_seconds || times.size() < 20) {
    times.push_back(seconds(network.step));
    total += times.back();
  }
  std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
  return times[times.size() / 2];
}

}  // namespace benchmarks

int main(int argc, char** argv) {
  using namespace benchmarks;
  study::CommandLine line("Times training steps of ordinary networks.");
  std::vector<std::string> names{"lenet", "lenet_256", "resnet", "gru", "transformer"};
  std::string json_file;
  double least_seconds = 2;
  int thread_count = 0;
  line.list("--networks", names, "which", names);
  line.number("--threads", thread_count, "threads to use; 0: as many as OpenMP gives", {0, 1024});
  line.number("--seconds", least_seconds, "how long to measure each network", {0, 1e6});
  line.text("--json", json_file, "file for the results");
  return line.run(argc, argv, thread_count, [&] {
    const double peak = peak_flops(threads());
    std::printf("peak %.1f GFLOP/s with %d threads\n", peak * 1e-9, threads());
    nlohmann::json results = nlohmann::json::array();
    for (const std::string& name : names) {
      const Network network = network_of(name);
      const double median = time_steps(network, least_seconds);
      const double share = 2 * network.multiply_adds / median / peak;
      std::printf("%-12s %8.3f ms/step  %4.1f %% of the peak\n", name.c_str(), 1e3 * median, 100 * share);
      std::fflush(stdout);
      results.push_back({{"network", name}, {"ms_per_step", 1e3 * median}, {"share_of_peak", share}});
    }
    if (!json_file.empty()) io::write_file(json_file, results.dump(2) + "\n");
  });
}
