// training_steps bits      trains each autoencoder for 30 steps with several numbers of threads; prints a checksum of
// the
//                          parameters: model, threads, checksum
// training_steps memory    prints what training steps take after some to warm up: model, calls of operator new in 100
//                          steps, page faults in 20

#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

#include "cnn_autoencoder.hpp"
#include "fc_autoencoder.hpp"
#include "rnn_autoencoder.hpp"
#include "sparse_autoencoder.hpp"
#include "steps.hpp"
#include "variational_autoencoder.hpp"

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  void* block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!block) throw std::bad_alloc();
  return block;
}

/// Not inlined: compilers take free() for a mistake where they see operator new before it.
__attribute__((noinline)) void release(void* block) noexcept { std::free(block); }

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }

namespace {

using namespace examples;

/// FNV-1a of the bits of all parameters.
template <class Model>
std::uint64_t checksum(const Model& model) {
  std::uint64_t result = 14695981039346656037ULL;
  for (const Floats& parameter : nn::parameters(model))
    for (const std::byte byte : std::as_bytes(parameter.value().elements()))
      result = (result ^ static_cast<std::uint64_t>(byte)) * 1099511628211ULL;
  return result;
}

template <class Experiment>
void print_bits(const Experiment& experiment, const data::ImageDataset& images, Index batch) {
  for (const int count : {1, 2, 3, 4, 7}) {
    set_threads(count);
    Steps<Experiment> steps(experiment, images, batch);
    for (int i = 0; i < 30; ++i) steps.step();
    std::printf("%s %d %016llx\n", Experiment::name, count, static_cast<unsigned long long>(checksum(steps.model())));
  }
}

long page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

/// Of page faults the fewest of some rounds: the system makes some itself when it moves pages or takes them away.
template <class Experiment>
void print_memory(const Experiment& experiment, const data::ImageDataset& images, Index batch) {
  Steps<Experiment> steps(experiment, images, batch);
  for (int i = 0; i < 20; ++i) steps.step();
  const long allocations_before = allocations;
  long faults = std::numeric_limits<long>::max();
  for (int round = 0; round < 5; ++round) {
    const long faults_before = page_faults();
    for (int i = 0; i < 20; ++i) steps.step();
    faults = std::min(faults, page_faults() - faults_before);
  }
  std::printf("%s %ld %ld\n", Experiment::name, allocations - allocations_before, faults);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: training_steps bits|memory DATA BATCH\n", stderr);
    return 1;
  }
  const bool bits = std::string(argv[1]) == "bits";
  const data::FashionMnist mnist = data::fashion_mnist(argv[2]);
  const auto print = [&](const auto& experiment) {
    bits ? print_bits(experiment, mnist.train, std::atol(argv[3]))
         : print_memory(experiment, mnist.train, std::atol(argv[3]));
  };
  print(FcAutoencoder{});
  print(CnnAutoencoder{});
  print(SparseAutoencoder{});
  print(RnnAutoencoder{});
  print(VariationalAutoencoder{});
}
