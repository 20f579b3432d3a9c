#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "message.hpp"

namespace benchmarks {

/// Nanoseconds a cache line, if a thread reads in order what another core has just written, 256 KiB at a time: less
/// than a message takes, since cores ask for the next lines ahead. The median of many times, but for the first ones,
/// when both threads may have the same core. Nothing if there is but one core to use.
inline std::optional<double> shared_line_ns() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0 || CPU_COUNT(&cores) < 2) return std::nullopt;
  constexpr int rounds = 400, warm_up = 100;
  constexpr std::size_t lines = 4096, numbers_a_line = 16;
  std::vector<std::uint32_t> buffer(lines * numbers_a_line);
  alignas(64) std::atomic<int> turn{0};
  const auto wait_for = [&turn](int number) {
    while (turn.load(std::memory_order_acquire) != number) {
    }
  };
  std::thread writer([&] {
    for (int round = 0; round < rounds; ++round) {
      wait_for(2 * round);
      std::ranges::fill(buffer, static_cast<std::uint32_t>(round));
      turn.store(2 * round + 1, std::memory_order_release);
    }
  });
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    wait_for(2 * round + 1);
    std::uint32_t sum = 0;
    const double time = seconds([&] {
      for (const std::uint32_t number : buffer) sum += number;
      asm volatile("" : : "r"(sum));
    });
    if (round >= warm_up) times.push_back(time);
    turn.store(2 * round + 2, std::memory_order_release);
  }
  writer.join();
  std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
  return times[times.size() / 2] * 1e9 / lines;
}

}  // namespace benchmarks
