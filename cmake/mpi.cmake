# latent::mpi is latent::latent with MPI, for latent/distributed/mpi.hpp; there is none where MPI is not found. Also read
# by the installed package, if it is asked for: find_package(latent COMPONENTS mpi).

if(NOT TARGET MPI::MPI_CXX)
  set(MPI_CXX_SKIP_MPICXX ON)  # MPI's bindings for C are enough
  find_package(MPI COMPONENTS CXX ${latent_quietly})
endif()
if(TARGET MPI::MPI_CXX AND NOT TARGET latent::mpi)
  add_library(latent::mpi INTERFACE IMPORTED GLOBAL)
  target_link_libraries(latent::mpi INTERFACE latent::latent MPI::MPI_CXX)
endif()
