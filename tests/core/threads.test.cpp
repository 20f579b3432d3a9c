#include <thread>

#include "../errors.hpp"
#include "../forks.hpp"

using namespace latent;

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

TEST_CASE("threads: 1 in a child of a process that had several, and in children of its own") {
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
