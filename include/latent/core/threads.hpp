#pragma once

#include <pthread.h>

#include <atomic>
#include <utility>

#include "latent/core/check.hpp"

#ifdef _OPENMP
#include <omp.h>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif
#endif

/// Threads. With core/parallel.hpp the one header that knows OpenMP; without it everything runs on the calling thread.
/// What is set here, and the pool of memory, is one for all files of a program.
namespace latent {

namespace detail {

inline std::atomic<int> thread_limit{0};
inline constinit thread_local bool works_alone = false;

#ifdef _OPENMP
/// fork() copies the calling thread alone, and OpenMP of g++ would wait in the child for those of the parent.
struct Forks {
  std::atomic<bool> parent_had_threads{false};
  std::atomic<bool> threads_lost{false};

  Forks();
};
inline Forks forks;

inline Forks::Forks() {
  const auto before = [] {
#if __has_include(<sys/single_threaded.h>)
    forks.parent_had_threads = !__libc_single_threaded;
#else
    forks.parent_had_threads = true;
#endif
  };
  pthread_atfork(before, nullptr, [] { forks.threads_lost = forks.threads_lost || forks.parent_had_threads; });
}
#endif

}  // namespace detail

/// Threads that the library may use: the last set_threads(), else OpenMP's own setting. 1 without OpenMP, and in a
/// process that was forked, without exec, from one that had several threads: OpenMP's are not there. 1 also while a
/// WorksAlone lives in the calling thread.
inline int threads() {
#ifdef _OPENMP
  if (detail::works_alone || detail::forks.threads_lost.load(std::memory_order_relaxed)) return 1;
  const int limit = detail::thread_limit.load(std::memory_order_relaxed);
  return limit > 0 ? limit : omp_get_max_threads();
#else
  return 1;
#endif
}

/// Limits the library to `count` threads; 0 returns to OpenMP's own setting. Results do not depend on it.
/// ValueError for a negative count.
inline void set_threads(int count) {
  check<ValueError>(count >= 0, "set_threads: at least 0 threads expected, got ", count);
  detail::thread_limit.store(count, std::memory_order_relaxed);
}

/// While it lives, its thread gives no work to others: for a thread that works beside those of the library.
class WorksAlone {
 public:
  WorksAlone() : before_(std::exchange(detail::works_alone, true)) {}
  ~WorksAlone() { detail::works_alone = before_; }
  WorksAlone(const WorksAlone&) = delete;
  WorksAlone& operator=(const WorksAlone&) = delete;

 private:
  bool before_;
};

/// The team of threads that runs a parallel region, and which of them the calling thread is; {0, 1} outside.
struct ThreadTeam {
  int thread = 0;          ///< number of the calling thread, [0, size)
  int size = 1;            ///< threads of the team
  bool in_region = false;  ///< whether a parallel region runs

  /// Of the calling thread.
  static ThreadTeam current() {
#ifdef _OPENMP
    if (omp_in_parallel()) return {omp_get_thread_num(), omp_get_num_threads(), true};
#endif
    return {};
  }
};

}  // namespace latent
