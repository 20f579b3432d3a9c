#include <algorithm>
#include <new>
#include <thread>
#include <vector>

using namespace latent;

namespace {

struct SeenRegion {
  Index count;
  double work;
  bool ended = false;
};

/// Notes what it is told.
struct NotingObserver final : detail::RegionObserver {
  std::vector<SeenRegion> seen;

  void begin(Index count, double work) override { seen.push_back({count, work}); }
  void end() noexcept override { seen.back().ended = true; }
};

}  // namespace

TEST_CASE("RegionObserver: is told of each parallel_for with its tasks and their work, for one thread and for three") {
  for (int count : {1, 3}) {
    set_threads(count);
    NotingObserver observer;
    std::vector<int> calls(7);
    parallel_for(7, 1e6, [&](Index i) { ++calls[static_cast<std::size_t>(i)]; });
    CHECK(std::ranges::all_of(calls, [](int n) { return n == 1; }));
    parallel_pieces(25, 10, 2, [&](Index, Index) { CHECK(!observer.seen.back().ended); });
    parallel_for(0, 5, [](Index) {});
    REQUIRE(observer.seen.size() == 3);
    CHECK(observer.seen[0].count == 7);
    CHECK(observer.seen[0].work == 1e6);
    CHECK(observer.seen[1].count == 3);
    CHECK(observer.seen[1].work == 20);
    CHECK(observer.seen[2].count == 0);
    for (const SeenRegion& region : observer.seen) CHECK(region.ended);
    set_threads(0);
  }
}

TEST_CASE("RegionObserver: is not told of regions within others, of other threads, and before and after its life") {
  set_threads(2);
  std::vector<SeenRegion> seen;
  parallel_for(2, 1e6, [](Index) {});
  {
    NotingObserver observer;
    parallel_for(4, 1e6, [](Index) { parallel_for(3, 1e6, [](Index) {}); });
    std::thread([] { parallel_for(5, 1e6, [](Index) {}); }).join();
    seen = observer.seen;
  }
  CHECK(detail::RegionObserver::current() == nullptr);
  parallel_for(6, 1e6, [](Index) {});
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].count == 4);
  set_threads(0);
}

TEST_CASE("RegionObserver: of two the inner one is told, and the outer one again after it") {
  NotingObserver outer;
  parallel_for(1, 1, [](Index) {});
  {
    NotingObserver inner;
    parallel_for(2, 1, [](Index) {});
    REQUIRE(inner.seen.size() == 1);
    CHECK(inner.seen[0].count == 2);
  }
  parallel_for(3, 1, [](Index) {});
  REQUIRE(outer.seen.size() == 2);
  CHECK(outer.seen[1].count == 3);
}

TEST_CASE("RegionObserver: a region that throws has ended, and the next one is seen") {
  NotingObserver observer;
  CHECK_THROWS_AS(parallel_for(2, 1e6, [](Index) { throw std::bad_alloc(); }), std::bad_alloc);
  parallel_for(3, 1e6, [](Index) {});
  REQUIRE(observer.seen.size() == 2);
  CHECK(observer.seen[0].ended);
  CHECK(observer.seen[1].count == 3);
}
