#include <thread>

#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// What it costs to set all threads to work and wait for them.
void region(benchmark::State& state) {
  for (auto _ : state) parallel_for(threads(), 1e9, [](Index) {});
}

/// How long a cache line takes from one core to another: two threads pass a number to and fro. Where it is several
/// times as long as usual, they share no cache at the moment, and all data that both need is as slow.
void message(benchmark::State& state) {
  constexpr int rounds = 10000;
  for (auto _ : state) {
    alignas(64) std::atomic<int> number{0};
    const auto pass = [&](int side) {
      for (int i = 0; i < rounds; ++i) {
        while (number.load(std::memory_order_acquire) != 2 * i + side) {
        }
        number.store(2 * i + side + 1, std::memory_order_release);
      }
    };
    std::thread other(pass, 1);
    pass(0);
    other.join();
  }
  state.counters["one_way"] =
      benchmark::Counter(2 * rounds, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

BENCHMARK(region)->Name("parallel/region")->UseRealTime();
BENCHMARK(message)->Name("parallel/message")->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
