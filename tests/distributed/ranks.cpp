// Started by mpirun: trains small models and prints a checksum of all that they have learned, which must not depend on
// the number of processes and threads.
//
//     ranks reproducible|fast THREADS STEPS

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <latent/distributed/mpi.hpp>

#include "trained_models.hpp"

int main(int argc, char** argv) {
  using namespace latent;
  return distributed::with_mpi([&](distributed::Communicator& communicator) {
    check<ValueError>(argc == 4, "ranks reproducible|fast THREADS STEPS");
    set_threads(std::atoi(argv[2]));
    const bool fast = std::strcmp(argv[1], "fast") == 0;
    for (const char* const name : trained_models::names) {
      const auto result = trained_models::train(
          name, communicator,
          {.method = fast ? distributed::Method::fast : distributed::Method::reproducible, .bucket_bytes = 512},
          std::atoi(argv[3]));
      const auto sum = distributed::detail::checksum(std::as_bytes(std::span(result)));
      for (const auto of_rank : distributed::all_gather(communicator, sum))
        check<Error>(of_rank == sum, name, ": ranks have learned different models");
      double squares = 0;
      for (const double x : result) squares += x * x;
      if (communicator.rank() == 0) std::cout << name << ' ' << sum << ' ' << squares << '\n';
    }
    return 0;
  });
}
