// training_steps bits      trains each autoencoder for 30 steps with several numbers of threads, and prints
//                          model, threads, checksum of the parameters
// training_steps memory    prints what training steps take after some to warm up:
//                          model, calls of operator new in 100 steps, page faults in 20

#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <latent/core/parallel.hpp>
#include <latent/core/random.hpp>
#include <latent/data/fashion_mnist.hpp>
#include <latent/nn/parameters.hpp>
#include <limits>
#include <new>
#include <string>

#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/training/trainer.hpp"

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

using namespace study;

/// A model that has not learned yet, and its training.
struct Training {
  Training(Model& model, const data::ImageDataset& images, Index batch)
      : trainer((model.initialize(1), nn::named_parameters(model)), images, {.batch = batch, .drop_last = true},
                [this, &model](const Tensor<float>& x) { return model.loss(x, noise); }) {}

  void steps(int count) {
    for (int i = 0; i < count; ++i) trainer.step();
  }

  Rng noise{1};
  Trainer<float> trainer;
};

/// FNV-1a of the bits of all parameters.
std::uint64_t checksum(const Model& model) {
  std::uint64_t result = 14695981039346656037ULL;
  for (const auto& [name, parameter] : model.parameters())
    for (const std::byte byte : std::as_bytes(parameter.value().elements()))
      result = (result ^ static_cast<std::uint64_t>(byte)) * 1099511628211ULL;
  return result;
}

void print_bits(Model& model, const data::ImageDataset& images, Index batch) {
  for (const int count : {1, 2, 3, 4, 7}) {
    set_threads(count);
    Training(model, images, batch).steps(30);
    std::printf("%s %d %016llx\n", model.description().name, count, static_cast<unsigned long long>(checksum(model)));
  }
}

long page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

/// Of page faults the fewest of some rounds: the system makes some itself when it moves pages or takes them away.
void print_memory(Model& model, const data::ImageDataset& images, Index batch) {
  Training training(model, images, batch);
  training.steps(20);
  const long allocations_before = allocations;
  long faults = std::numeric_limits<long>::max();
  for (int round = 0; round < 5; ++round) {
    const long faults_before = page_faults();
    training.steps(20);
    faults = std::min(faults, page_faults() - faults_before);
  }
  std::printf("%s %ld %ld\n", model.description().name, allocations - allocations_before, faults);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: training_steps bits|memory DATA BATCH\n", stderr);
    return 1;
  }
  const data::FashionMnist mnist = data::fashion_mnist(argv[2]);
  for (const auto& model : five_models())
    (argv[1] == std::string("bits") ? print_bits : print_memory)(*model, mnist.train, std::atol(argv[3]));
}
