#pragma once

#include <benchmark/benchmark.h>

#include <cstring>
#include <latent/latent.hpp>
#include <set>
#include <string>

#include "peak.hpp"

/// How kernel benchmarks are registered: with 1 and with all threads, and how far each is from the machine's limit,
/// which is measured just before it.
namespace benchmarks {

using namespace latent;

/// Uniform numbers.
inline Tensor<float> random(const Shape& shape, float least = -1, float most = 1) {
  return Rng(1).uniform<float>(shape, least, most);
}

/// Bytes per second of a memcpy that reads and writes `bytes` altogether, in pieces for all threads in use.
inline double memcpy_speed(double bytes) {
  const auto size = static_cast<Index>(bytes / 2);
  const Tensor<std::uint8_t> from(Shape{size});
  Tensor<std::uint8_t> to(Shape{size});
  std::uint8_t* const place = to.data();
  const Index piece = std::max<Index>(size / (4 * threads()) + 1, 1 << 14);
  std::vector<double> times;
  for (int i = 0; i < 101; ++i)
    times.push_back(seconds([&] {
      parallel_pieces(size, piece, 1, [&](Index first, Index last) {
        std::memcpy(place + first, from.data() + first, static_cast<std::size_t>(last - first));
      });
      benchmark::ClobberMemory();
    }));
  std::ranges::nth_element(times, times.begin() + 50);
  return bytes / times[50];
}

/// Seconds of `count` exponentials of numbers that are not positive, in registers, on one thread.
inline double exponentials_time(double count) {
  constexpr Index n = 2048;  // in the first-level cache
  const Tensor<float> x = random({n}, -10, 0);
  double best = 1;
  for (int i = 0; i < 101; ++i)
    best = std::min(best, seconds([&] {
                      kernels::Vector<float> sums[2] = {};
                      for (Index j = 0; j < n; j += 2 * kernels::lanes<float>)
                        kernels::unroll<2>([&](auto k) {
                          sums[k] +=
                              kernels::exp_nonpositive<float>(kernels::load(x.data() + j + k * kernels::lanes<float>));
                        });
                      benchmark::DoNotOptimize(sums);
                    }));
  return count * best / n;
}

namespace detail {

/// `make()` gives the function to time, and is called only if the benchmark runs.
template <class Make, class Limit>
void add(const std::string& name, double amount, const char* rate, const char* share, Make make, Limit limit) {
  for (const int count : std::set<int>{1, threads()})
    benchmark::RegisterBenchmark((name + "/threads:" + std::to_string(count)).c_str(),
                                 [=](benchmark::State& state) {
                                   using benchmark::Counter;
                                   set_threads(count);
                                   const double most = limit(count);
                                   auto run = make();
                                   run();
                                   for (auto _ : state) run();
                                   state.counters[rate] = Counter(amount * 1e-9, Counter::kIsIterationInvariantRate);
                                   state.counters[share] =
                                       Counter(100 * amount / most, Counter::kIsIterationInvariantRate);
                                   set_threads(0);
                                 })
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
}

}  // namespace detail

/// A kernel bound by arithmetic: GFLOP/s and percent of the peak.
template <class Make>
void add_flops(const std::string& name, double flops, Make make) {
  detail::add(name, flops, "GFLOP/s", "peak_%", make, [](int count) { return peak_flops(count, 5); });
}

/// A kernel bound by memory: GB/s, and percent of the speed of a memcpy that moves as many bytes.
template <class Make>
void add_bytes(const std::string& name, double bytes, Make make) {
  detail::add(name, bytes, "GB/s", "memcpy_%", make, [bytes](int) { return memcpy_speed(bytes); });
}

/// A kernel bound by memory and by exponentials: GB/s, and percent of the speed at which a memcpy of as many bytes and
/// the exponentials alone would take place one after the other.
template <class Make>
void add_bytes_and_exponentials(const std::string& name, double bytes, double exponentials, Make make) {
  detail::add(name, bytes, "GB/s", "limit_%", make, [=](int count) {
    return bytes / (bytes / memcpy_speed(bytes) + exponentials_time(exponentials) / count);
  });
}

}  // namespace benchmarks
