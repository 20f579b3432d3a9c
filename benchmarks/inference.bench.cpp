#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// Seconds to read so many numbers from wherever they are, the median of many times.
double reading_time(Index count) {
  const Tensor<float> numbers({count});
  std::vector<double> times;
  for (int i = 0; i < 1001; ++i)
    times.push_back(seconds([&] { benchmark::DoNotOptimize(kernels::sum(count, numbers.data())); }));
  std::ranges::nth_element(times, times.begin() + 500);
  return times[500];
}

/// FC-AE for one image. It cannot be faster than reading its weights; `readings` says how many times as long it takes.
void single_image(benchmark::State& state) {
  Rng rng(1);
  const nn::Sequential model{
      nn::Linear({.in = 784, .out = 128}, rng), nn::ReLU{}, nn::Linear({.in = 128, .out = 64}, rng),  nn::ReLU{},
      nn::Linear({.in = 64, .out = 128}, rng),  nn::ReLU{}, nn::Linear({.in = 128, .out = 784}, rng), nn::Sigmoid{}};
  const NoGrad no_grad;
  const Variable<float> image(random({1, 784}, 0, 1));
  set_threads(1);
  const double reading = reading_time(nn::parameter_count(model));
  for (auto _ : state) benchmark::DoNotOptimize(model(image));
  set_threads(0);
  state.counters["readings"] =
      benchmark::Counter(reading, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

BENCHMARK(single_image)->Name("inference/fc_autoencoder/1")->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
