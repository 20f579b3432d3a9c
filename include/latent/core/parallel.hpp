#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <utility>

#include "latent/core/narrow_products.hpp"
#include "latent/core/region_observer.hpp"
#include "latent/core/shape.hpp"
#include "latent/core/task_shares.hpp"
#include "latent/core/team_size.hpp"

#ifdef _OPENMP
#include <omp.h>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif
#endif

/// Threads. The one header that knows OpenMP; without it everything runs on the calling thread. What is set here, and
/// the pool of memory, is one for all files of a program.
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

/// Work that a thread must have to be worth waking, in multiply-adds or what takes as long: at the peak of a core with
/// AVX-512 1e5 take 1.7 us, twice what it costs to set a thread to work and wait for it (0.8 us).
inline constexpr double least_work_of_a_thread = 1e5;

namespace detail {

/// Of each thread that calls regions, as OpenMP's teams are: threads of a program that call them at once are foreign
/// load to each other, and none of them needs an atomic variable.
inline constinit thread_local TeamSize team_size;

#ifdef _OPENMP
/// f(0), .., f(count - 1) by so many threads, in a region that was called at `begun`.
inline void run_region(Index count, int sharers, double begun, TaskFunction f) {
  TaskShares shares(count, sharers);
  const int team = team_size.kept(sharers);
  std::exception_ptr error;
  std::atomic_flag failed;
  const auto* const narrow = narrow_products();
#pragma omp parallel num_threads(team)
  {
    const ComputesNarrow as_the_caller(narrow);
    try {
      if (const int thread = omp_get_thread_num(); thread < sharers) shares.work(thread, f);
    } catch (...) {  // an exception must not leave a region
      if (!failed.test_and_set()) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
  const double ended = clock_seconds();
  team_size.observe(shares.times(team, begun, ended), ended);
}
#endif

/// f(0), .., f(count - 1) by as many threads as `count` calls of so much work are worth, and as the machine has cores
/// for.
inline void share_tasks(Index count, [[maybe_unused]] double work, TaskFunction f) {
#ifdef _OPENMP
  const double worthwhile = std::min(static_cast<double>(count) * work / least_work_of_a_thread, 1e6);
  const int most = std::min(threads(), most_threads);
  int sharers = std::min({most, static_cast<int>(std::min<Index>(count, most_threads)), static_cast<int>(worthwhile)});
  if (sharers > 1 && !omp_in_parallel()) {
    const double now = clock_seconds();
    sharers = std::min(sharers, team_size.limit(most, now));
    if (sharers > 1) return run_region(count, sharers, now, f);
  }
#endif
  for (Index i = 0; i < count; ++i) f(i);
}

/// The same, and who observes the thread is told.
inline void run_tasks(Index count, double work, TaskFunction f) {
  if (RegionObserver* const observer = RegionObserver::current()) [[unlikely]] {
    const ObservedRegion region(*observer, count, work);
    share_tasks(count, work, f);
  } else {
    share_tasks(count, work, f);
  }
}

}  // namespace detail

/// Calls f(i) for every i in [0, count), on several threads if the whole is large enough and other programs leave cores
/// for them. `work` is the cost of one call in multiply-adds. Callers cut their work by size alone, never by the number
/// of threads, and let no two calls write the same place: then results are the same bits for any number of threads.
/// Within another parallel_for it runs on the calling thread. The first exception that a call throws is thrown on when
/// all threads are done.
///
/// Every thread begins with its own share, the same part of the whole each time: what it wrote in one kernel is still
/// in its cache when it works on the same part in the next. Who is done helps the others.
template <class F>
void parallel_for(Index count, double work, F&& f) {
  using Function = std::remove_reference_t<F>;
  detail::run_tasks(count, work,
                    {const_cast<std::remove_const_t<Function>*>(std::addressof(f)),
                     [](void* object, Index i) { (*static_cast<Function*>(object))(i); }});
}

/// Calls f(first, last) for consecutive pieces of [0, count) of `piece` elements; `work` is that of one element.
template <class F>
void parallel_pieces(Index count, Index piece, double work, F&& f) {
  parallel_for((count + piece - 1) / piece, work * static_cast<double>(piece),
               [&](Index i) { f(i * piece, std::min(count, (i + 1) * piece)); });
}

/// The same with as few pieces of at most `piece` elements as there can be, all equally large or nearly so.
template <class F>
void parallel_equal_pieces(Index count, Index piece, double work, F&& f) {
  const Index pieces = (count + piece - 1) / piece;
  parallel_for(pieces, work * static_cast<double>(piece),
               [&](Index i) { f(count * i / pieces, count * (i + 1) / pieces); });
}

}  // namespace latent
