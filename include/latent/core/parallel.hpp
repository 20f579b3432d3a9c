#pragma once

#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <memory>

#include "latent/core/shape.hpp"
#include "latent/core/team_size.hpp"
#include "latent/core/threads.hpp"

namespace latent {

/// Work that a thread must have to be worth waking, in multiply-adds or what takes as long: at the peak of a core with
/// AVX-512 1e5 take 1.7 us, twice what it costs to set a thread to work and wait for it (0.8 us).
inline constexpr double least_work_of_a_thread = 1e5;

/// At most so many threads work together: their shares stand on the stack.
inline constexpr int most_threads = 256;

namespace detail {

/// A function of one index that lives elsewhere, whatever its type: what runs it in parallel is compiled once.
struct TaskFunction {
  void* object;
  void (*call)(void* object, Index i);

  void operator()(Index i) const { call(object, i); }
};

#ifdef _OPENMP
/// Of each thread that calls regions, as OpenMP's teams are: threads of a program that call them at once are foreign
/// load to each other, and none of them needs an atomic variable.
inline constinit thread_local TeamSize team_size;

/// Seconds of a clock that nobody sets; 25 to 30 ns. <chrono> takes long to compile.
inline double clock_seconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// What a thread of a region begins with, [next, end), and what it did.
struct alignas(64) Share {
  std::atomic<Index> next;
  Index end;
  Index done;
  double begun, ended;  // by clock_seconds()
};

/// Of shares that are done; the first is the caller's.
inline RegionTimes region_times(const Share* shares, int sharers, int team, double begun, double ended) {
  const Share& own = shares[0];
  RegionTimes result{.team = team, .waited = own.begun - begun + (ended - own.ended)};
  Index others = 0;
  for (int t = 0; t < sharers; ++t) {
    const Share& share = shares[t];
    if (t > 0) others += share.done;
    if (share.done == 0) continue;
    const double task = (share.ended - share.begun) / static_cast<double>(share.done);
    result.task = result.task > 0 ? std::min(result.task, task) : task;  // the thread that kept its core all the time
  }
  result.helped = static_cast<double>(others) * result.task;
  return result;
}

/// f(0), .., f(count - 1) by so many threads that share it.
inline void share_tasks(Index count, int sharers, double begun, TaskFunction f) {
  std::array<Share, most_threads> shares;
  for (int t = 0; t < sharers; ++t) {
    Share& share = shares[static_cast<std::size_t>(t)];
    share.next.store(count * t / sharers, std::memory_order_relaxed);
    share.end = count * (t + 1) / sharers;
    share.done = 0;
  }
  const int team = team_size.kept(sharers);
  std::exception_ptr error;
  std::atomic_flag failed;
#pragma omp parallel num_threads(team)
  if (const int thread = omp_get_thread_num(); thread < sharers) {
    Share& own = shares[static_cast<std::size_t>(thread)];
    own.begun = clock_seconds();
    Index done = 0;
    try {
      for (int t = 0; t < sharers; ++t) {
        Share& share = shares[static_cast<std::size_t>((thread + t) % sharers)];
        for (Index i; (i = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end; ++done) f(i);
      }
    } catch (...) {  // an exception must not leave a region
      if (!failed.test_and_set()) error = std::current_exception();
    }
    own.done = done;
    own.ended = clock_seconds();
  }
  if (error) std::rethrow_exception(error);
  const double ended = clock_seconds();
  team_size.observe(region_times(shares.data(), sharers, team, begun, ended), ended);
}
#endif

/// f(0), .., f(count - 1) by as many threads as `count` calls of so much work are worth, and as the machine has cores
/// for.
inline void run_tasks(Index count, [[maybe_unused]] double work, TaskFunction f) {
#ifdef _OPENMP
  const double worthwhile = std::min(static_cast<double>(count) * work / least_work_of_a_thread, 1e6);
  const int most = std::min(threads(), most_threads);
  int sharers = std::min({most, static_cast<int>(std::min<Index>(count, most_threads)), static_cast<int>(worthwhile)});
  if (sharers > 1 && !omp_in_parallel()) {
    const double now = clock_seconds();
    sharers = std::min(sharers, team_size.limit(most, now));
    if (sharers > 1) return share_tasks(count, sharers, now, f);
  }
#endif
  for (Index i = 0; i < count; ++i) f(i);
}

}  // namespace detail

/// Calls f(i) for every i in [0, count), on several threads if the whole is large enough. `work` is the cost of one
/// call in multiply-adds. Callers cut their work by size alone, never by the number of threads, and let no two calls
/// write the same place: then results are the same bits for any number of threads. Within another parallel_for it runs
/// on the calling thread. The first exception that a call throws is thrown on when all threads are done.
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

}  // namespace latent
