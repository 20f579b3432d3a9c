#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <latent/core/shape.hpp>
#include <latent/io/file.hpp>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "message.hpp"

namespace benchmarks {

/// What is timed, and the operations of a step, a multiply-add being two.
struct Case {
  std::string name;
  latent::Index batch;
  double flops;
};

/// What programs that time whole steps say: the state of the machine, a line for each case, and all of it as JSON.
class Report {
 public:
  /// Of as many threads as are in use.
  Report() {
    getloadavg(&load_, 1);
    measure_peak();
    message_ns_ = message_ns();
    std::printf("peak %.1f GFLOP/s with %d threads, load %.2f, ", peak_ * 1e-9, latent::threads(), load_);
    if (message_ns_)
      std::printf("%.0f ns for a cache line from core to core\n", *message_ns_);
    else
      std::puts("one core to use");
  }

  /// Times a step for at least so many seconds and 20 times, after some to warm up.
  template <class Step>
  void time(const Case& what, double least_seconds, const Step& step) {
    for (int warm_up = 0; warm_up < 10; ++warm_up) step();
    std::vector<double> times;
    for (double total = 0; total < least_seconds || times.size() < 20; total += times.back())
      times.push_back(seconds(step));
    const double mean = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
    std::ranges::sort(times);
    const double median = times[times.size() / 2];
    measure_peak();
    const double scale = median < 1e-3 ? 1e6 : 1e3;
    std::printf("%-12s batch %4td  %8.3f %s a step (best %.3f)  %9.0f a second  MFU %4.1f %%\n", what.name.c_str(),
                what.batch, scale * median, median < 1e-3 ? "us" : "ms", scale * times.front(),
                static_cast<double>(what.batch) / median, 100 * what.flops / median / peak_);
    std::fflush(stdout);
    results_.push_back({{"name", what.name},
                        {"batch", what.batch},
                        {"flops", what.flops},
                        {"seconds", median},
                        {"mean", mean},  // with the steps that were disturbed
                        {"best", times.front()},
                        {"quartiles", {times[times.size() / 4], times[times.size() * 3 / 4]}},
                        {"steps", times.size()}});
  }

  /// Writes everything into a file, if it has a name.
  void write(const std::string& file) const {
    if (file.empty()) return;
    nlohmann::json all{{"threads", latent::threads()}, {"load", load_}, {"peak_flops", peak_}, {"results", results_}};
    all["message_ns"] = message_ns_ ? nlohmann::json(*message_ns_) : nlohmann::json();
    latent::io::write_file(file, all.dump(2) + "\n");
  }

 private:
  /// The largest of the peaks before, between and after all cases, for one of them may fall into a disturbed moment.
  void measure_peak() { peak_ = std::max(peak_, peak_flops(latent::threads())); }

  std::optional<double> message_ns_;
  double load_ = 0, peak_ = 0;
  nlohmann::json results_ = nlohmann::json::array();
};

}  // namespace benchmarks
