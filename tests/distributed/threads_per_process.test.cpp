#include <sched.h>

#include <latent/distributed/threads_per_process.hpp>

#include "../errors.hpp"
#include "ranks_in_threads.hpp"

using namespace latent;
using distributed::Communicator;

namespace {

/// The processors that this program may use.
std::vector<std::size_t> processors() {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) result.push_back(i);
  return result;
}

/// What ranks get of which each may use some of these; those from `second_machine` on are on another one.
std::vector<int> threads_of(const std::vector<std::vector<std::size_t>>& places, Index second_machine = 100) {
  return ranks_in_threads::run(std::ssize(places), [&](Communicator& communicator) {
    const Index rank = communicator.rank();
    if (rank >= second_machine)
      static_cast<ranks_in_threads::ThreadRank&>(communicator).lowest_on_machine = second_machine;
    cpu_set_t set{};
    for (const std::size_t processor : places[static_cast<std::size_t>(rank)]) CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);  // of this thread
    return distributed::threads_per_process(communicator);
  });
}

}  // namespace

TEST_CASE("threads_per_process: processes share out the processors of their machine") {
  const auto all = processors();
  distributed::SingleProcess alone;
  CHECK(distributed::threads_per_process(alone) == std::ssize(all));
  if (all.size() < 2) return;
  const std::vector two{all[0], all[1]}, first{all[0]}, second{all[1]};
  CHECK(threads_of({two}) == std::vector{2});
  CHECK(threads_of({two, two}) == std::vector{1, 1});
  CHECK(threads_of({two, two, two}) == std::vector{1, 1, 1});
  CHECK(threads_of({first, second}) == std::vector{1, 1});
  CHECK(threads_of({two, first, two}, 2) == std::vector{1, 1, 2});
}
