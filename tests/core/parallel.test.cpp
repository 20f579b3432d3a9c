#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "../errors.hpp"
#include "../forks.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("parallel_for: calls every number once, also within another region") {
  set_threads(3);
  std::vector<int> calls(1000);
  parallel_for(1000, 1e6, [&](Index i) { parallel_for(2, 1e9, [&](Index) { ++calls[static_cast<std::size_t>(i)]; }); });
  for (int count : calls) CHECK(count == 2);
  set_threads(0);
}

TEST_CASE("parallel_pieces: the pieces follow each other and cover everything, the last may be shorter") {
  for (Index count : {0, 1, 10, 11, 100}) {
    std::vector<int> calls(static_cast<std::size_t>(count));
    parallel_pieces(count, 10, 1e6, [&](Index first, Index last) {
      CHECK(first % 10 == 0);
      CHECK(last == std::min(first + 10, count));
      for (Index i = first; i < last; ++i) ++calls[static_cast<std::size_t>(i)];
    });
    CHECK(std::ranges::all_of(calls, [](int n) { return n == 1; }));
  }
}

TEST_CASE("parallel_for: an exception leaves the region whole and is thrown on, and the next region works") {
  set_threads(3);
  for (int round = 0; round < 20; ++round) {
    CHECK_THROWS_AS(parallel_for(100, 1e6,
                                 [&](Index i) {
                                   if (i % 7 == 3) throw std::bad_alloc();
                                 }),
                    std::bad_alloc);
    std::atomic<int> calls{0};
    parallel_for(100, 1e6, [&](Index) { ++calls; });
    CHECK(calls == 100);
  }
  set_threads(0);
}

TEST_CASE("set_threads: is what threads() gives, 0 is OpenMP's own setting, less is refused") {
  const int own = threads();
#ifdef _OPENMP
  CHECK(own == omp_get_max_threads());
  set_threads(5);
  CHECK(threads() == 5);
  set_threads(0);
#endif
  CHECK(threads() == own);
  CHECK(message_of<ValueError>([] { set_threads(-1); }) == "set_threads: at least 0 threads expected, got -1");
}

TEST_CASE("parallel_for: works on one thread in a child of a process that had several, and in children of its own") {
  set_threads(2);
  parallel_for(100, 1e6, [](Index) {});
  std::thread([] {}).join();  // several threads also where there is no OpenMP
  const auto sum_of_hundred = [] {
    std::atomic<Index> sum{0};
    parallel_for(100, 1e6, [&](Index i) { sum += i; });
    return threads() == 1 && sum == 99 * 100 / 2;
  };
  CHECK(holds_in_child(sum_of_hundred));
  CHECK(holds_in_child([&] { return holds_in_child(sum_of_hundred); }));
#ifdef _OPENMP
  CHECK(threads() == 2);
#endif
  set_threads(0);
}

TEST_CASE("WorksAlone: its thread gives no work away, others do") {
  set_threads(3);
  const int usual = threads();
  {
    const WorksAlone alone;
    { const WorksAlone within; }
    CHECK(threads() == 1);
    int others = 0;
    std::thread([&] { others = threads(); }).join();
    CHECK(others == usual);
  }
  CHECK(threads() == usual);
  set_threads(0);
}

TEST_CASE("parallel_equal_pieces: as few pieces as there can be, in order, which differ by one at most") {
  for (Index count : {0, 1, 12, 13, 64, 100}) {
    CAPTURE(count);
    std::vector<std::pair<Index, Index>> pieces;
    set_threads(1);
    parallel_equal_pieces(count, 12, 1, [&](Index first, Index last) { pieces.emplace_back(first, last); });
    set_threads(0);
    CHECK(std::ssize(pieces) == (count + 11) / 12);
    Index next = 0, least = 12, most = 0;
    for (const auto& [first, last] : pieces) {
      CHECK(first == next);
      least = std::min(least, last - first), most = std::max(most, last - first);
      next = last;
    }
    CHECK(next == count);
    CHECK((count == 0 || (most <= 12 && most - least <= 1)));
  }
}

#ifdef _OPENMP
TEST_CASE("parallel_for: a team that cost too much is smaller in the next region, which has the same result") {
  // The tasks wait for each other, so that none of two threads can do them all; nobody waits for a team of one.
  const auto threads_that_worked = [](int expected) {
    std::mutex mutex;
    std::set<std::thread::id> ids;
    std::atomic<int> entered{0};
    std::vector<int> calls(100);
    parallel_for(100, 1e6, [&](Index i) {
      ++calls[static_cast<std::size_t>(i)];
      {
        const std::lock_guard lock(mutex);
        ids.insert(std::this_thread::get_id());
        entered = static_cast<int>(ids.size());
      }
      while (entered < expected) std::this_thread::yield();
    });
    CHECK(std::ranges::all_of(calls, [](int n) { return n == 1; }));
    return ids.size();
  };
  set_threads(2);
  detail::team_size = {};
  CHECK(threads_that_worked(2) == 2);
  detail::team_size.observe({.team = 2, .waited = 1}, detail::clock_seconds() + 1e6);
  for (int round = 0; round < 3; ++round) CHECK(threads_that_worked(1) == 1);
  detail::team_size = {};
  CHECK(threads_that_worked(2) == 2);
  set_threads(0);
}

TEST_CASE("parallel_for: notices that the caller waited for another thread") {
  set_threads(2);
  detail::team_size = {};
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> other_began{false};
  std::atomic<double> own_task{0};  // seconds
  parallel_for(2, 1e6, [&](Index) {
    if (std::this_thread::get_id() == caller) {
      const double begun = detail::clock_seconds();
      while (!other_began) std::this_thread::yield();
      own_task = detail::clock_seconds() - begun;
    } else {
      other_began = true;
      while (own_task == 0) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::duration<double>(0.3 + 10 * own_task));
    }
  });
  CHECK(detail::team_size.limit(2, detail::clock_seconds()) == 1);
  detail::team_size = {};
  set_threads(0);
}
#endif
