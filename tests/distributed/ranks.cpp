// Started by mpirun, for ranks.py:
//
//     ranks same_bits THREADS     trains small models in shards, and prints checksums of all that they have learned
//     ranks fast THREADS          trains by MPI_Iallreduce, and by rank 0 alone, and prints how far they are apart
//     ranks throw|terminate|destroy|kill     rank 1 ends by an error, or is killed, while the others wait for it

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <latent/distributed/mpi.hpp>
#include <stdexcept>
#include <string_view>

#include "trained_models.hpp"

namespace {

using namespace latent;
using distributed::Communicator;

void same_bits(Communicator& communicator) {
  for (const char* const name : trained_models::names) {
    const auto result = trained_models::train(name, communicator, {.bucket_bytes = 512}, 30);
    const auto sum = distributed::detail::checksum(std::as_bytes(std::span(result)));
    for (const auto of_rank : distributed::all_gather(communicator, sum))
      check<Error>(of_rank == sum, name, ": ranks have learned different models");
    if (communicator.rank() == 0) std::cout << name << ' ' << sum << '\n';
  }
}

void fast(Communicator& communicator) {
  const distributed::DataParallelOptions options{
      .method = distributed::Method::fast, .bucket_bytes = 512, .global_batch_norm = true};
  for (const char* const name : {"lstm", "batch_norm"}) {
    const auto result = trained_models::train(name, communicator, options, 200, 1e-3);
    if (communicator.rank() != 0) continue;
    distributed::SingleProcess alone;
    const auto expected = trained_models::train(name, alone, options, 200, 1e-3);
    double difference = 0;
    for (std::size_t i = 0; i < result.size(); ++i)
      difference = std::max(difference, std::abs(result[i] - expected[i]));
    std::cout << name << ' ' << difference << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (argc > 2) set_threads(std::atoi(argv[2]));
  if (what == "terminate" || what == "destroy") {
    const auto end = [] {
      distributed::Mpi communicator;
      if (communicator.rank() == 1) throw std::runtime_error("an error of rank 1");
      communicator.barrier();
    };
    if (what == "terminate") end();
    try {
      end();
    } catch (const std::exception&) {  // of which MPI knows nothing
    }
    return 0;
  }
  return distributed::with_mpi([&](Communicator& communicator) {
    if (what == "same_bits") same_bits(communicator);
    if (what == "fast") fast(communicator);
    if (what == "throw" || what == "kill") {
      if (what == "kill" && communicator.rank() == 1) ::raise(SIGKILL);
      check<Error>(communicator.rank() != 1, "an error of rank 1");
      communicator.barrier();
    }
    return 0;
  });
}
