#pragma once

// What programs that take steps of a training say of them; for one file of a program, since it replaces operator new.

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <latent/autograd/variable.hpp>
#include <latent/core/parallel.hpp>
#include <limits>
#include <new>
#include <span>
#include <string>

namespace {

std::atomic<long> allocations{0};

void* counted_or_null(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

void* counted(std::size_t bytes, std::size_t alignment) {
  void* block = counted_or_null(bytes, alignment);
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
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return counted_or_null(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }

namespace {

long page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

/// FNV-1a of the bits of all parameters.
std::uint64_t checksum(std::span<const latent::Variable<float>> parameters) {
  std::uint64_t result = 14695981039346656037ULL;
  for (const latent::Variable<float>& parameter : parameters)
    for (const std::byte byte : std::as_bytes(parameter.value().elements()))
      result = (result ^ static_cast<std::uint64_t>(byte)) * 1099511628211ULL;
  return result;
}

/// steps(), for example 20 steps, five times after it has warmed up: calls of operator new in all, and the fewest page
/// faults of one, since the system makes some itself when it moves pages or takes them away. A round in which other
/// programs made the team of threads smaller or larger is not one of the five: each size takes its working space once.
template <class Steps>
void print_memory_of(const std::string& name, Steps steps) {
  steps();
  long taken = 0, faults = std::numeric_limits<long>::max();
  int rounds = 0;
  for (int tries = 0; rounds < 5 && tries < 50; ++tries) {
    const int team = latent::detail::team_size.size();
    const long allocations_before = allocations, faults_before = page_faults();
    steps();
    if (latent::detail::team_size.size() != team) continue;
    taken += allocations - allocations_before;
    faults = std::min(faults, page_faults() - faults_before);
    ++rounds;
  }
  std::printf("%s %ld %ld\n", name.c_str(), taken, faults);
}

void print_bits_of(const std::string& name, int threads, std::span<const latent::Variable<float>> parameters) {
  std::printf("%s %d %016llx\n", name.c_str(), threads, static_cast<unsigned long long>(checksum(parameters)));
}

}  // namespace
