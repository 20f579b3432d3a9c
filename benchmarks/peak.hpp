#pragma once

#include <chrono>
#include <latent/core/parallel.hpp>
#include <latent/kernels/simd.hpp>

namespace benchmarks {

/// Seconds that f takes.
template <class F>
double seconds(F f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Multiply-adds that depend on nothing but themselves, in twelve registers: as fast as the machine can.
inline void multiply_add_only(std::int64_t rounds) {
  using latent::kernels::Vector;
  constexpr latent::Index registers = 12;
  std::array<Vector<float>, registers> sums{};
  Vector<float> factor = Vector<float>{} + 0.999f;
  asm volatile("" : "+m"(factor), "+m"(sums));  // numbers that the compiler does not know
  for (std::int64_t i = 0; i < rounds; ++i)
    latent::kernels::unroll<registers>([&](auto r) { sums[r] = sums[r] * factor + factor; });
  asm volatile("" : : "m"(sums));
}

/// Single-precision operations per second at the peak of `threads` cores: the best of many tries, since it takes a
/// while until each thread has a core of its own.
inline double peak_flops(int threads, int attempts = 40) {
  constexpr std::int64_t rounds = 2'000'000;
  constexpr double flops = 2.0 * 12 * rounds * latent::kernels::lanes<float>;
  double best = 0;
  latent::set_threads(threads);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const double time =
        seconds([&] { latent::parallel_for(threads, 1e9, [](latent::Index) { multiply_add_only(rounds); }); });
    best = std::max(best, threads * flops / time);
  }
  return best;
}

}  // namespace benchmarks
