#pragma once

#include <sched.h>

#include "latent/distributed/communicator.hpp"

namespace latent::distributed {

/// Threads that this process should have beside the others on its machine: the processors that they may use, shared out
/// equally, but at least one, and no more than it may use itself, where mpirun has bound it to some. All processes call
/// it.
///
///     set_threads(distributed::threads_per_process(communicator));
inline int threads_per_process(Communicator& communicator) {
  struct Place {
    Index node;
    cpu_set_t processors;
  };
  Place mine{communicator.node(), {}};
  sched_getaffinity(0, sizeof mine.processors, &mine.processors);
  int processes = 0;
  cpu_set_t all{};
  for (const Place& place : all_gather(communicator, mine)) {
    if (place.node != mine.node) continue;
    CPU_OR(&all, &all, &place.processors);
    ++processes;
  }
  return std::max(std::min(CPU_COUNT(&mine.processors), CPU_COUNT(&all) / processes), 1);
}

}  // namespace latent::distributed
