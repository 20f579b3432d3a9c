#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <ctime>

#include "latent/core/shape.hpp"
#include "latent/core/team_size.hpp"

namespace latent {

/// At most so many threads work together: their shares stand on the stack.
inline constexpr int most_threads = 256;

namespace detail {

/// A function of one index that lives elsewhere, whatever its type: what runs it in parallel is compiled once.
struct TaskFunction {
  void* object;
  void (*call)(void* object, Index i);

  void operator()(Index i) const { call(object, i); }
};

/// Seconds of a clock that nobody sets; 25 to 30 ns. <chrono> takes long to compile.
inline double clock_seconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The tasks 0, .., count - 1 of a parallel region, a share for each of its threads, and when each did how many.
class TaskShares {
 public:
  TaskShares(Index count, int threads) : threads_(threads) {
    for (int t = 0; t < threads; ++t) {
      Share& share = of(t);
      share.next.store(count * t / threads, std::memory_order_relaxed);
      share.end = count * (t + 1) / threads;
      share.done = 0;
    }
  }

  /// Calls f for the share of this thread, then for what the others have left.
  void work(int thread, TaskFunction f) {
    Share& own = of(thread);
    own.begun = clock_seconds();
    Index done = 0;
    for (int t = 0; t < threads_; ++t) {
      Share& share = of((thread + t) % threads_);
      for (Index i; (i = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end; ++done) f(i);
    }
    own.done = done;
    own.ended = clock_seconds();
  }

  /// What the region was like for thread 0, which called it: `team` threads, some of them without a share.
  RegionTimes times(int team, double begun, double ended) const {
    RegionTimes result{.team = team, .waited = of(0).begun - begun + (ended - of(0).ended)};
    Index others = 0;
    for (int t = 0; t < threads_; ++t) {
      const Share& share = of(t);
      if (t > 0) others += share.done;
      if (share.done == 0) continue;
      const double task = (share.ended - share.begun) / static_cast<double>(share.done);
      result.task = result.task > 0 ? std::min(result.task, task) : task;  // of a thread that kept its core
    }
    result.helped = static_cast<double>(others) * result.task;
    return result;
  }

 private:
  struct alignas(64) Share {  // a cache line each
    std::atomic<Index> next;
    Index end, done;
    double begun, ended;
  };

  Share& of(int thread) { return shares_[static_cast<std::size_t>(thread)]; }
  const Share& of(int thread) const { return shares_[static_cast<std::size_t>(thread)]; }

  int threads_;
  std::array<Share, most_threads> shares_;  // only those of threads_ are ever touched
};

}  // namespace detail
}  // namespace latent
