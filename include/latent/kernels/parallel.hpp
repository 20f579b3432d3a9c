#pragma once

#include <algorithm>
#include <array>
#include <atomic>

#include "latent/core/shape.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace latent {

namespace detail {
inline std::atomic<int> thread_limit{0};
}

/// Threads that the library may use: the last set_threads(), else OpenMP's own setting. 1 without OpenMP.
inline int threads() {
#ifdef _OPENMP
  const int limit = detail::thread_limit.load(std::memory_order_relaxed);
  return limit > 0 ? limit : omp_get_max_threads();
#else
  return 1;
#endif
}

/// Limits the library to `count` threads; 0 returns to OpenMP's own setting. Results do not depend on it.
inline void set_threads(int count) {
  check<ValueError>(count >= 0, "set_threads: at least 0 threads expected, got ", count);
  detail::thread_limit.store(count, std::memory_order_relaxed);
}

namespace kernels {

/// Work that a thread must have to be worth waking, in multiply-adds or what takes as long.
inline constexpr double least_work_of_a_thread = 1e5;

/// At most so many threads work together.
inline constexpr int most_threads = 256;

/// Calls f(i) for every i in [0, count), on several threads if the whole is large enough. `work` is the cost of
/// one call in multiply-adds. Callers cut their work by size alone, never by the number of threads, and let no
/// two calls write the same place: then results are the same bits for any number of threads.
///
/// Every thread begins with its own share, the same part of the whole each time: what it wrote in one kernel is still
/// in its cache when it works on the same part in the next. Who is done helps the others.
template <class F>
void parallel_for(Index count, double work, F&& f) {
#ifdef _OPENMP
  const double worthwhile = std::min(static_cast<double>(count) * work / least_work_of_a_thread, 1e6);
  const int team = std::min(
      {threads(), most_threads, static_cast<int>(std::min<Index>(count, most_threads)), static_cast<int>(worthwhile)});
  if (team > 1 && !omp_in_parallel()) {
    struct alignas(64) Share {
      std::atomic<Index> next;
      Index end;
    };
    std::array<Share, most_threads> shares;
    for (int t = 0; t < team; ++t) {
      shares[static_cast<std::size_t>(t)].next.store(count * t / team, std::memory_order_relaxed);
      shares[static_cast<std::size_t>(t)].end = count * (t + 1) / team;
    }
#pragma omp parallel num_threads(team)
    for (int t = 0; t < team; ++t) {
      Share& share = shares[static_cast<std::size_t>((omp_get_thread_num() + t) % team)];
      for (Index i; (i = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;) f(i);
    }
    return;
  }
#else
  static_cast<void>(work);
#endif
  for (Index i = 0; i < count; ++i) f(i);
}

/// Calls f(first, last) for consecutive pieces of [0, count) of `piece` elements; `work` is that of one element.
template <class F>
void parallel_pieces(Index count, Index piece, double work, F&& f) {
  parallel_for((count + piece - 1) / piece, work * static_cast<double>(piece),
               [&](Index i) { f(i * piece, std::min(count, (i + 1) * piece)); });
}

}  // namespace kernels
}  // namespace latent
