#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace latent;
using detail::TaskFunction;
using detail::TaskShares;

namespace {

/// Notes which tasks it was called with, and takes so many milliseconds for each.
struct NotedTasks {
  int milliseconds = 0;
  std::vector<Index> calls = {};

  TaskFunction function() {
    return {this, [](void* object, Index i) {
              auto& self = *static_cast<NotedTasks*>(object);
              self.calls.push_back(i);
              std::this_thread::sleep_for(std::chrono::milliseconds(self.milliseconds));
            }};
  }
};

}  // namespace

TEST_CASE("TaskShares: a thread begins with its own share, then does what the others have left") {
  TaskShares shares(10, 3);  // 0 to 2, 3 to 5, 6 to 9
  NotedTasks second, first;
  shares.work(1, second.function());
  CHECK(second.calls == std::vector<Index>{3, 4, 5, 6, 7, 8, 9, 0, 1, 2});
  shares.work(0, first.function());
  CHECK(first.calls.empty());
}

TEST_CASE("TaskShares: fewer tasks than threads, and none") {
  TaskShares shares(1, 3), none(0, 2);
  NotedTasks tasks;
  shares.work(2, tasks.function());
  none.work(1, tasks.function());
  CHECK(tasks.calls == std::vector<Index>{0});
}

TEST_CASE(
    "TaskShares: times have what the others did, at the pace of an undisturbed thread, and what the caller waited") {
  TaskShares shares(6, 3);
  NotedTasks slow{.milliseconds = 20}, none;
  const double begun = detail::clock_seconds() - 0.5;  // the region began late
  shares.work(1, slow.function());
  shares.work(0, none.function());
  const detail::RegionTimes times = shares.times(4, begun, detail::clock_seconds() + 0.25);
  CHECK(times.team == 4);
  CHECK(times.task >= 0.02);
  CHECK(times.helped == doctest::Approx(6 * times.task));
  // Thread 0 began after the 6 tasks of the other, found nothing to do, and waited 0.25 s for the end.
  CHECK(times.waited >= 0.5 + 6 * times.task + 0.25);
}

TEST_CASE("TaskShares: a thread that lost its core does not make its tasks look long") {
  struct Tasks {
    std::atomic<bool> other_began{false};

    static void call(void* object, Index i) {
      auto& began = static_cast<Tasks*>(object)->other_began;
      if (i == 0) {
        while (!began) std::this_thread::yield();
      } else {
        began = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
    }
  } tasks;
  TaskShares shares(2, 2);
  std::thread other([&] { shares.work(1, {&tasks, Tasks::call}); });
  const double begun = detail::clock_seconds();
  shares.work(0, {&tasks, Tasks::call});
  const double own = detail::clock_seconds() - begun;
  other.join();
  const detail::RegionTimes times = shares.times(2, begun, detail::clock_seconds());
  CHECK(times.helped > 0);
  CHECK(times.helped <= own);
  CHECK(times.waited > 0.1);
}
