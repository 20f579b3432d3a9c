#include "kernel_bench.hpp"
#include "message.hpp"

namespace {

using namespace benchmarks;

/// What it costs to set all threads to work and wait for them.
void region(benchmark::State& state) {
  for (auto _ : state) parallel_for(threads(), 1e9, [](Index) {});
}

/// How long a cache line takes from one core to another.
void message(benchmark::State& state) {
  constexpr int rounds = 10000;
  for (auto _ : state) pass_messages(rounds);
  state.counters["one_way"] =
      benchmark::Counter(2 * rounds, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

BENCHMARK(region)->Name("parallel/region")->UseRealTime();
BENCHMARK(message)->Name("parallel/message")->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
