#pragma once

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "peak.hpp"

namespace benchmarks {

/// Two threads pass a number to and fro, which takes 2 * rounds messages.
inline void pass_messages(int rounds) {
  alignas(64) std::atomic<int> number{0};
  const auto pass = [&number, rounds](int side) {
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

/// Nanoseconds that a cache line takes from one core to another, the best of many tries, since at first both threads
/// may have the same core. Where it is several times as long as usual, the cores share no cache at the moment, and all
/// data that both need is as slow. Nothing if there is but one core to use, where each message would wait for the
/// scheduler.
inline std::optional<double> message_ns() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0 || CPU_COUNT(&cores) < 2) return std::nullopt;
  constexpr int rounds = 4000;  // a third of a millisecond at least, beside which starting the thread is little
  double best = 1;
  for (int attempt = 0; attempt < 20; ++attempt) best = std::min(best, seconds([] { pass_messages(rounds); }));
  return best * 1e9 / (2 * rounds);
}

}  // namespace benchmarks
