#pragma once

#include <algorithm>
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

/// Calls f(i) for every i in [0, count), on several threads if the whole is large enough. `work` is the cost of
/// one call in multiply-adds. Callers cut their work by size alone, never by the number of threads, and let no
/// two calls write the same place: then results are the same bits for any number of threads.
template <class F>
void parallel_for(Index count, double work, F&& f) {
#ifdef _OPENMP
  const double worthwhile = std::min(static_cast<double>(count) * work / least_work_of_a_thread, 1e6);
  const int team = std::min({threads(), static_cast<int>(std::min<Index>(count, 1 << 20)), static_cast<int>(worthwhile)});
  if (team > 1 && !omp_in_parallel()) {
#pragma omp parallel for num_threads(team) schedule(dynamic)
    for (Index i = 0; i < count; ++i) f(i);
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
