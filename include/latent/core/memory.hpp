#pragma once

#include <pthread.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "latent/core/parallel.hpp"

namespace latent::memory {

/// Every block begins at a multiple of this, a cache line and the widest vector register.
inline constexpr std::size_t alignment = 64;

/// The sizes of pooled blocks: requests are rounded up to one of four classes per power of two, at most a quarter is
/// wasted.
struct SizeClass {
  static constexpr std::size_t count = 256;

  /// Class of a request, such that bytes(of(n)) >= n.
  static constexpr std::size_t of(std::size_t bytes) {
    const std::size_t units = (bytes + alignment - 1) / alignment;
    if (units <= 4) return units;
    const auto shift = static_cast<std::size_t>(std::bit_width(units - 1)) - 3;
    return 4 * shift + ((units - 1) >> shift) + 1;
  }

  static constexpr std::size_t bytes(std::size_t index) {
    if (index <= 4) return (index ? index : 1) * alignment;
    const std::size_t shift = (index - 5) / 4;
    return ((index - 4 * shift) << shift) * alignment;
  }
};

/// Blocks that nobody uses, by class.
class FreeBlocks {
 public:
  /// Null if there is none.
  void* take(std::size_t index) {
    Block* block = first_[index];
    if (block) first_[index] = block->next;
    return block;
  }

  void give(std::size_t index, void* memory) { first_[index] = ::new (memory) Block{first_[index]}; }

  /// A new block from the heap.
  static void* fresh(std::size_t index) {
    return ::operator new (SizeClass::bytes(index), std::align_val_t{alignment});
  }

  /// Gives all back to the heap.
  void trim() {
    for (std::size_t index = 0; index < first_.size(); ++index)
      while (void* block = take(index)) ::operator delete (block, std::align_val_t{alignment});
  }

 private:
  struct Block {
    Block* next;
  };
  std::array<Block*, SizeClass::count> first_{};
};

/// Keeps released blocks for the next request of like size, so that a training loop, whose steps all ask
/// for the same blocks, takes nothing from the heap and touches no new page after its first steps.
///
/// One pool serves all threads, so that a block released by another thread than asked for it is found again.
class Pool {
 public:
  void* allocate(std::size_t bytes) {
    const std::size_t index = SizeClass::of(bytes);
    {
      const std::lock_guard lock(mutex_);
      if (void* block = free_.take(index)) return block;
    }
    return FreeBlocks::fresh(index);
  }

  void release(void* memory, std::size_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    free_.give(SizeClass::of(bytes), memory);
  }

  /// Gives all blocks that nobody uses back to the heap.
  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    free_.trim();
  }

  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
  FreeBlocks free_;
};

/// The same for working space within a parallel region. How much of it is in use at once, and by which thread, is a
/// matter of timing; so that timing never makes a later step take more, each thread of a team has blocks of its own,
/// and what one of them needs for the first time all of them get, every page touched.
class TeamPool {
 public:
  void* allocate(int thread, int team, std::size_t bytes) {
    const auto self = static_cast<std::size_t>(thread);
    const std::size_t index = SizeClass::of(bytes);
    const std::lock_guard lock(mutex_);
    if (threads_.size() < static_cast<std::size_t>(team)) threads_.resize(static_cast<std::size_t>(team));
    if (void* block = threads_[self].free.take(index)) return block;
    const int wanted = threads_[self].blocks[index] + 1;
    for (int t = 0; t < team; ++t)
      for (Thread& other = threads_[static_cast<std::size_t>(t)]; other.blocks[index] < wanted; ++other.blocks[index])
        other.free.give(index, std::memset(FreeBlocks::fresh(index), 0, SizeClass::bytes(index)));
    return threads_[self].free.take(index);
  }

  void release(int thread, void* memory, std::size_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    threads_[static_cast<std::size_t>(thread)].free.give(SizeClass::of(bytes), memory);
  }

  /// Gives all blocks back to the heap. Not within a parallel region, where some are in use.
  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    for (Thread& thread : threads_) thread.free.trim();
    threads_.clear();
  }

  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  struct Thread {
    FreeBlocks free;
    std::array<int, SizeClass::count> blocks{};  ///< of each class, free or not
  };
  std::mutex mutex_;
  std::vector<Thread> threads_;
};

/// The one pool. Never destroyed, so that tensors of static lifetime can still return their blocks.
inline Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

inline TeamPool& team_pool() {
  static TeamPool& instance = *new TeamPool;
  return instance;
}

namespace detail {

/// Another thread may hold a pool while this one forks, and is not there in the child to let go of it: so the pools
/// are held by who forks.
inline const int pools_at_fork = [] {
  const auto unlock = [] {
    team_pool().unlock();
    pool().unlock();
  };
  const auto lock = [] {
    pool().lock();
    team_pool().lock();
  };
  return pthread_atfork(lock, unlock, unlock);
}();

}  // namespace detail

#if defined(__has_feature)
#define LATENT_HAS_FEATURE(feature) __has_feature(feature)
#else
#define LATENT_HAS_FEATURE(feature) 0
#endif
/// Whether memory is pooled. Under AddressSanitizer every block comes from the heap, so that it sees the use of
/// released memory.
#if defined(__SANITIZE_ADDRESS__) || LATENT_HAS_FEATURE(address_sanitizer)
inline constexpr bool pooled = false;
#else
inline constexpr bool pooled = true;
#endif
#undef LATENT_HAS_FEATURE

inline void* allocate(std::size_t bytes) {
  if constexpr (pooled) return pool().allocate(bytes);
  return ::operator new (bytes ? bytes : 1, std::align_val_t{alignment});
}

inline void release(void* memory, std::size_t bytes) noexcept {
  if constexpr (pooled) return pool().release(memory, bytes);
  ::operator delete (memory, std::align_val_t{alignment});
}

/// A standard allocator on the pool.
template <class T>
struct Allocator {
  using value_type = T;

  Allocator() = default;
  template <class U>
  Allocator(const Allocator<U>&) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory::allocate(count * sizeof(T))); }
  void deallocate(T* block, std::size_t count) noexcept { memory::release(block, count * sizeof(T)); }

  friend bool operator==(const Allocator&, const Allocator&) { return true; }
};

/// Uninitialised working space of a kernel, released by the thread that took it.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::ptrdiff_t count)
      : bytes_(static_cast<std::size_t>(count) * sizeof(T)), data_(static_cast<T*>(allocate(bytes_))) {}
  ~Scratch() { release(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() const { return data_; }
  T& operator[](std::ptrdiff_t i) const { return data_[i]; }

 private:
  static void* allocate(std::size_t bytes) {
    const ThreadTeam team = ThreadTeam::current();
    return pooled && team.in_region ? team_pool().allocate(team.thread, team.size, bytes) : memory::allocate(bytes);
  }

  static void release(void* block, std::size_t bytes) noexcept {
    const ThreadTeam team = ThreadTeam::current();
    pooled&& team.in_region ? team_pool().release(team.thread, block, bytes) : memory::release(block, bytes);
  }

  std::size_t bytes_;
  T* data_;
};

}  // namespace latent::memory
