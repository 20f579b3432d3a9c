#include <sys/resource.h>

#include <atomic>
#include <latent/core/memory.hpp>
#include <set>
#include <thread>

#include "../errors.hpp"
#include "../forks.hpp"

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

TEST_CASE("memory: a pool gives released blocks out again, and all of them back to the heap") {
  memory::Pool pool;
  void* first = pool.allocate(1000);
  pool.release(first, 1000);
  void* second = pool.allocate(1020);
  CHECK(second == first);
  pool.release(second, 1020);
  pool.trim();
  for (std::size_t bytes = 0; bytes < 100000; bytes += 37) {
    const std::size_t given = memory::SizeClass::bytes(memory::SizeClass::of(bytes));
    CHECK(given >= bytes);
    CHECK(given <= bytes + bytes / 4 + memory::alignment);
  }
}

TEST_CASE("memory: what one thread of a team needs, all have, and a block never changes the thread") {
  constexpr int team = 3;
  memory::TeamPool pool;
  const auto take_all = [&](int thread, std::vector<std::size_t> sizes) {
    std::set<void*> mine;
    for (const std::size_t bytes : sizes) mine.insert(pool.allocate(thread, team, bytes));
    for (void* block : mine) pool.release(thread, block, sizes.front());
    CHECK(mine.size() == sizes.size());
    return mine;
  };
  const std::set<void*> first = take_all(1, {5000, 5000});
  const std::set<void*> other = take_all(2, {5000, 5000});
  CHECK(take_all(1, {5000, 5000}) == first);
  for (void* block : other) CHECK_FALSE(first.contains(block));
  CHECK(take_all(2, {5000, 5000}) == other);
  pool.trim();
  CHECK(take_all(0, {70, 70, 70}).size() == 3);
  pool.trim();
}

TEST_CASE("memory: the pools serve a process that was forked while other threads used them") {
  std::atomic<bool> done{false};
  const auto use = [&] {
    while (!done) {
      memory::release(memory::allocate(1000), 1000);
      memory::team_pool().release(0, memory::team_pool().allocate(0, 1, 1000), 1000);
    }
  };
  std::thread one(use), other(use);
  bool held = true;
  for (int i = 0; held && i < 40; ++i)
    held = holds_in_child([] {
      memory::release(memory::allocate(1000), 1000);
      memory::team_pool().release(0, memory::team_pool().allocate(0, 1, 1000), 1000);
      return true;
    });
  CHECK(held);
  done = true;
  one.join();
  other.join();
}

TEST_CASE("memory: a pool keeps twice its largest use at most when sizes grow and never come back") {
  memory::Pool pool;
  memory::TeamPool team_pool;
  for (std::size_t bytes = 1000; bytes < 10'000'000; bytes += bytes / 8) {
    pool.release(pool.allocate(bytes), bytes);
    team_pool.release(1, team_pool.allocate(1, 2, bytes), bytes);
    const std::size_t use = SizeClass::bytes(SizeClass::of(bytes));
    CHECK(pool.held() <= 2 * use);
    CHECK(team_pool.held() <= 2 * 2 * use);
  }
  pool.trim();
  team_pool.trim();
}

TEST_CASE("memory: a pool lets go first of what was used the longest ago") {
  memory::Pool pool;
  for (const int units : {4, 2, 1, 3}) {
    const auto bytes = static_cast<std::size_t>(units) << 16;
    pool.release(pool.allocate(bytes), bytes);
  }
  CHECK(pool.held() == (2 + 1 + 3) << 16);
  pool.trim();
}

TEST_CASE("memory: a loop over sizes that are more than twice the largest use finds all its blocks after some rounds") {
  memory::Pool pool;
  memory::TeamPool team_pool;
  for (int round = 0; round < 10; ++round)
    for (const int units : {8, 7, 6, 5, 4, 2, 1}) {
      const auto bytes = static_cast<std::size_t>(units) << 16;
      pool.release(pool.allocate(bytes), bytes);
      team_pool.release(0, team_pool.allocate(0, 2, bytes), bytes);
    }
  CHECK(pool.held() == 33 << 16);
  CHECK(team_pool.held() == 2 * (33 << 16));
  pool.trim();
  team_pool.trim();
}

TEST_CASE("memory: trim gives back what nobody uses, and nothing else") {
  memory::Pool pool;
  memory::TeamPool team_pool;
  void *const first = pool.allocate(1 << 20), *const second = pool.allocate(1 << 16);
  void* const other = team_pool.allocate(1, 2, 1 << 20);
  pool.release(first, 1 << 20);
  pool.trim();
  team_pool.trim();
  CHECK(pool.held() == 1 << 16);
  CHECK(team_pool.held() == 1 << 20);
  pool.release(second, 1 << 16);
  team_pool.release(1, other, 1 << 20);
  CHECK(team_pool.allocate(1, 2, 1 << 20) == other);
  team_pool.release(1, other, 1 << 20);
  pool.trim();
  team_pool.trim();
  CHECK(pool.held() == 0);
  CHECK(team_pool.held() == 0);

  memory::release(memory::allocate(1 << 20), 1 << 20);
  memory::trim();
  CHECK(memory::pool().held() < 1 << 20);
}

TEST_CASE("memory: where the heap has no more, the pool gives it what nobody uses, and asks again") {
  if constexpr (!memory::pooled) return;
  CHECK(holds_in_child([] {
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = std::size_t{3} << 30;
    setrlimit(RLIMIT_AS, &limit);
    memory::Pool pool;
    constexpr std::size_t large = std::size_t{3} << 29, larger = std::size_t{7} << 28;
    pool.release(pool.allocate(large), large);
    pool.release(pool.allocate(larger), larger);
    return true;
  }));
}

TEST_CASE("memory: what the heap does not have is an OutOfMemory with its size, and the pools go on") {
  if constexpr (!memory::pooled) return;  // sanitizers end the program
  const std::size_t held = memory::pool().held();
  const std::size_t wanted = std::size_t{1} << 60;
  CHECK(message_of<OutOfMemory>([&] { memory::allocate(wanted); }) == "out of memory: 1.07374e+09 GiB wanted");
  CHECK(message_of<Error>([] { std::vector<double, memory::Allocator<double>>(std::size_t{1} << 45); }) ==
        "out of memory: 262144 GiB wanted");
  CHECK(message_of<std::exception>([] { memory::Scratch<float>(Index{1} << 45); }) ==
        "out of memory: 131072 GiB wanted");
  set_threads(2);
  CHECK(message_of<OutOfMemory>([] { parallel_for(2, 1e9, [](Index) { memory::Scratch<float>(Index{1} << 45); }); }) ==
        "out of memory: 131072 GiB wanted");
  set_threads(0);
  CHECK(memory::pool().held() == held);
  memory::release(memory::allocate(1000), 1000);
}

TEST_CASE("memory: sizes that overflow are an OutOfMemory") {
  for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 100, SIZE_MAX / 2 + 2}) {
    CHECK_THROWS_AS(memory::Pool().allocate(bytes), OutOfMemory);
    CHECK_THROWS_AS(memory::TeamPool().allocate(0, 1, bytes), OutOfMemory);
  }
  if constexpr (!memory::pooled) return;
  CHECK_THROWS_AS(memory::allocate(SIZE_MAX), OutOfMemory);
  CHECK_THROWS_AS(memory::Allocator<double>().allocate(SIZE_MAX / 8 + 1), OutOfMemory);
  CHECK_THROWS_AS(memory::Scratch<double>((Index{1} << 61) + 1), OutOfMemory);
  CHECK_THROWS_AS(memory::Scratch<double>(-1), OutOfMemory);
}
