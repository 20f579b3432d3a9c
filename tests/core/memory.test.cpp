#include <latent/core/memory.hpp>
#include <thread>

#include "../errors.hpp"

using namespace latent;
using memory::SizeClass;

TEST_CASE("memory: a size's class holds it, is the smallest that does, and wastes a quarter at most") {
  for (std::size_t bytes = 0; bytes < 100'000; bytes = bytes * 9 / 8 + 1) {
    const std::size_t index = SizeClass::of(bytes);
    CAPTURE(bytes);
    REQUIRE(SizeClass::bytes(index) >= bytes);
    CHECK(SizeClass::bytes(index) % memory::alignment == 0);
    CHECK((bytes == 0 || index == 1 || SizeClass::bytes(index - 1) < bytes));
    CHECK((bytes <= 256 || SizeClass::bytes(index) * 3 <= (bytes + memory::alignment) * 4));
  }
  CHECK(SizeClass::of(std::numeric_limits<std::size_t>::max() / 2) < SizeClass::count);
}

TEST_CASE("memory: blocks begin at a cache line, and a released one serves the next request of its class") {
  void* const first = memory::allocate(1000);
  CHECK(reinterpret_cast<std::uintptr_t>(first) % memory::alignment == 0);
  memory::release(first, 1000);
  void* const second = memory::allocate(990);
  if constexpr (memory::pooled) CHECK(second == first);
  memory::release(second, 990);
}

TEST_CASE("memory: a block released by another thread than took it is found again") {
  if constexpr (!memory::pooled) return;
  void* const first = memory::allocate(50'000);
  std::thread([&] { memory::release(first, 50'000); }).join();
  void* const second = memory::allocate(50'000);
  CHECK(second == first);
  memory::release(second, 50'000);
}

TEST_CASE("memory: working space of threads in a region never overlaps, and is found again in the next region") {
  set_threads(3);
  for (int round = 0; round < 10; ++round)
    parallel_for(30, 1e6, [](Index i) {
      const memory::Scratch<Index> one(1000), other(1000);
      std::fill_n(one.data(), 1000, i);
      std::fill_n(other.data(), 1000, -i);
      for (Index j = 0; j < 1000; ++j)
        if (one[j] != i || other[j] != -i) throw Error("another thread wrote here");
    });
  set_threads(0);
}

TEST_CASE("memory: a standard container works on the pool") {
  std::vector<double, memory::Allocator<double>> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(i);
  CHECK(numbers[999] == 999);
  CHECK(reinterpret_cast<std::uintptr_t>(numbers.data()) % memory::alignment == 0);
}
