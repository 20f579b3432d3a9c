#include "study/training/processes.hpp"

#include <cstdlib>

#ifdef STUDY_HAS_MPI  // by CMake, where there is latent::mpi
#include <latent/distributed/mpi.hpp>
#endif

namespace study {

// MPI takes half a second to begin in a program that nobody has launched, and starts a process of its own for it. So it
// begins only where the environment shows a launcher: mpirun of Open MPI, whatever has PMIx, as srun --mpi=pmix, and
// what has PMI, as mpiexec of MPICH and Intel, and srun --mpi=pmi2. SLURM_PROCID shows none: it is in batch scripts
// too.
bool started_by_launcher() {
#ifdef STUDY_HAS_MPI
  for (const char* const variable : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"})
    if (std::getenv(variable)) return true;
#endif
  return false;
}

std::unique_ptr<latent::distributed::Communicator> start_processes() {
#ifdef STUDY_HAS_MPI
  if (started_by_launcher()) return std::make_unique<latent::distributed::Mpi>();
#endif
  return std::make_unique<latent::distributed::SingleProcess>();
}

}  // namespace study
