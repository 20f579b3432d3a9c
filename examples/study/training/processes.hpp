#pragma once

#include <latent/distributed/communicator.hpp>
#include <memory>

namespace study {

/// Whether mpirun, srun or the like has started this process as one of several, and the program was built with MPI.
bool started_by_launcher();

/// The processes that work together: those of the launcher, or this one alone.
std::unique_ptr<latent::distributed::Communicator> start_processes();

}  // namespace study
