#pragma once

#include <pthread.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
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
  static constexpr std::size_t count = 256;  ///< more than any request has

  /// Class of a request, such that bytes(of(n)) >= n.
  static constexpr std::size_t of(std::size_t bytes) {
    const std::size_t units = (bytes + alignment - 1) / alignment;
    if (units <= 4) return units;
    const auto shift = static_cast<std::size_t>(std::bit_width(units - 1)) - 3;
    return 4 * shift + ((units - 1) >> shift) + 1;
  }

  /// Size of the blocks of a class.
  static constexpr std::size_t bytes(std::size_t index) {
    if (index <= 4) return (index ? index : 1) * alignment;
    const std::size_t shift = (index - 5) / 4;
    return ((index - 4 * shift) << shift) * alignment;
  }
};

/// Throws OutOfMemory.
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_to_allocate(std::size_t bytes) {
  fail<OutOfMemory>("out of memory: ", static_cast<double>(bytes) / (1 << 30), " GiB wanted");
}

/// Throws OutOfMemory for sizes that no heap has, of which a class would overflow.
inline void check_size(std::size_t bytes) {
  if (bytes > PTRDIFF_MAX) [[unlikely]]
    fail_to_allocate(bytes);
}

/// Bytes of so many elements, or the largest number, if that is smaller.
template <class T>
constexpr std::size_t bytes_of(std::size_t count) {
  return count > SIZE_MAX / sizeof(T) ? SIZE_MAX : count * sizeof(T);
}

/// Blocks that nobody uses, by class.
class FreeBlocks {
 public:
  /// Null if there is none.
  void* take(std::size_t index) {
    Block* block = first_[index];
    if (block) first_[index] = block->next;
    return block;
  }

  /// Adds a block of a class.
  void give(std::size_t index, void* memory) { first_[index] = ::new (memory) Block{first_[index]}; }

  /// A new block from the heap; null if it has none.
  static void* fresh(std::size_t index) {
    return ::operator new (SizeClass::bytes(index), std::align_val_t{alignment}, std::nothrow);
  }

  /// Gives one block of a class back to the heap; false if there is none.
  bool trim(std::size_t index) {
    void* const block = take(index);
    ::operator delete (block, std::align_val_t{alignment});
    return block != nullptr;
  }

 private:
  struct Block {
    Block* next;
  };
  std::array<Block*, SizeClass::count> first_{};
};

/// What a pool has taken from the heap, and what it gives back before it takes more: blocks of the classes that were
/// used the longest ago, until it holds no more than twice its largest use. Sizes that are gone for good are let go,
/// while a loop that finds all its blocks is never disturbed. What is needed again after all may be kept from then on:
/// so a loop over ever so many sizes finds all its blocks, too, after some rounds.
class Holdings {
 public:
  /// Takes note that a class is asked for.
  void use(std::size_t index) { last_use_[index] = ++uses_; }

  /// Gives a block of a class, of those of a pool, back to the heap; false if there is none that nobody uses.
  struct GiveBack {
    void* pool;                                       ///< whose blocks
    bool (*function)(void* pool, std::size_t index);  ///< does it

    /// Does it.
    bool operator()(std::size_t index) const { return function(pool, index); }
  };

  /// A new block, where at most `largest_use` bytes were in use at once; null if the heap has none.
  [[gnu::noinline]] void* take(std::size_t index, std::size_t largest_use, GiveBack give_back) {
    const std::size_t bytes = SizeClass::bytes(index);
    if (given_back_[index] > 0) {
      --given_back_[index];
      needed_again_ += bytes;
    }
    std::array<bool, SizeClass::count> empty{};
    empty[index] = true;
    while (held_ + bytes > 2 * largest_use + needed_again_) {
      std::size_t oldest = index;
      for (std::size_t i = 0; i < SizeClass::count; ++i)
        if (!empty[i] && (oldest == index || last_use_[i] < last_use_[oldest])) oldest = i;
      if (oldest == index) break;
      if (give_back(oldest)) {
        held_ -= SizeClass::bytes(oldest);
        ++given_back_[oldest];
      } else {
        empty[oldest] = true;
      }
    }
    void* block = FreeBlocks::fresh(index);
    if (!block) {
      trim(give_back, index);
      block = FreeBlocks::fresh(index);
    }
    if (block) held_ += bytes;
    return block;
  }

  /// Gives back all that can be, but for one class, and forgets what was needed so far.
  [[gnu::noinline]] void trim(GiveBack give_back, std::size_t kept = SizeClass::count) {
    for (std::size_t index = 0; index < SizeClass::count; ++index)
      while (index != kept && give_back(index)) held_ -= SizeClass::bytes(index);
    given_back_ = {};
    needed_again_ = 0;
  }

  std::size_t held() const { return held_; }  ///< bytes from the heap

 private:
  std::size_t held_ = 0, needed_again_ = 0;
  std::uint64_t uses_ = 0;
  std::array<std::uint64_t, SizeClass::count> last_use_{};
  std::array<std::size_t, SizeClass::count> given_back_{};  ///< blocks of each class
};

/// Keeps released blocks for the next request of like size, so that a training loop, whose steps all ask
/// for the same blocks, takes nothing from the heap and touches no new page after its first steps.
///
/// One pool serves all threads, so that a block released by another thread than asked for it is found again.
class Pool {
 public:
  /// A block of at least so many bytes, uninitialised. OutOfMemory if there is none.
  void* allocate(std::size_t bytes) {
    check_size(bytes);
    const std::size_t index = SizeClass::of(bytes);
    const std::lock_guard lock(mutex_);
    holdings_.use(index);
    const std::size_t in_use = in_use_ + SizeClass::bytes(index);
    const std::size_t largest_use = std::max(largest_use_, in_use);
    void* block = free_.take(index);
    if (!block) block = holdings_.take(index, largest_use, give_back());
    if (!block) fail_to_allocate(bytes);
    in_use_ = in_use;
    largest_use_ = largest_use;
    return block;
  }

  /// Keeps a block, of which so many bytes were asked for.
  void release(void* memory, std::size_t bytes) noexcept {
    const std::size_t index = SizeClass::of(bytes);
    const std::lock_guard lock(mutex_);
    free_.give(index, memory);
    in_use_ -= SizeClass::bytes(index);
  }

  /// Gives all blocks that nobody uses back to the heap.
  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    holdings_.trim(give_back());
    largest_use_ = in_use_;
  }

  /// Bytes that it has from the heap, in use or not.
  std::size_t held() {
    const std::lock_guard lock(mutex_);
    return holdings_.held();
  }

  /// Most bytes that were in use at once since trim().
  std::size_t largest_use() {
    const std::lock_guard lock(mutex_);
    return largest_use_;
  }

  void lock() { mutex_.lock(); }      ///< held by who forks
  void unlock() { mutex_.unlock(); }  ///< in parent and child

 private:
  Holdings::GiveBack give_back() {
    return {&free_, [](void* free, std::size_t index) { return static_cast<FreeBlocks*>(free)->trim(index); }};
  }

  std::mutex mutex_;
  FreeBlocks free_;
  Holdings holdings_;
  std::size_t in_use_ = 0, largest_use_ = 0;
};

/// The same for working space within a parallel region. How much of it is in use at once, and by which thread, is a
/// matter of timing; so that timing never makes a later step take more, each thread of a team has blocks of its own,
/// and what one of them needs for the first time all of them get, every page touched.
class TeamPool {
 public:
  /// A block for a thread of a team of so many. OutOfMemory if there is none.
  void* allocate(int thread, int team, std::size_t bytes) {
    check_size(bytes);
    const auto self = static_cast<std::size_t>(thread);
    const std::size_t index = SizeClass::of(bytes);
    const std::lock_guard lock(mutex_);
    if (threads_.size() < static_cast<std::size_t>(team)) threads_.resize(static_cast<std::size_t>(team));
    holdings_.use(index);
    const std::size_t in_use = threads_[self].in_use + SizeClass::bytes(index);
    const std::size_t largest_use = std::max(largest_use_, in_use * threads_.size());
    void* block = threads_[self].free.take(index);
    if (!block) {
      const int wanted = threads_[self].blocks[index] + 1;
      const auto fresh = [&] {
        void* const memory = holdings_.take(index, largest_use, give_back());
        if (!memory) fail_to_allocate(bytes);
        return std::memset(memory, 0, SizeClass::bytes(index));
      };
      for (int t = 0; t < team; ++t)
        for (Thread& other = threads_[static_cast<std::size_t>(t)]; other.blocks[index] < wanted; ++other.blocks[index])
          other.free.give(index, fresh());
      block = threads_[self].free.take(index);
    }
    threads_[self].in_use = in_use;
    largest_use_ = largest_use;
    return block;
  }

  /// Keeps a block for the thread that took it.
  void release(int thread, void* memory, std::size_t bytes) noexcept {
    const std::size_t index = SizeClass::of(bytes);
    const std::lock_guard lock(mutex_);
    Thread& self = threads_[static_cast<std::size_t>(thread)];
    self.free.give(index, memory);
    self.in_use -= SizeClass::bytes(index);
  }

  /// Gives all blocks that nobody uses back to the heap.
  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    holdings_.trim(give_back());
    largest_use_ = 0;
  }

  /// Bytes that it has from the heap, in use or not.
  std::size_t held() {
    const std::lock_guard lock(mutex_);
    return holdings_.held();
  }

  /// Most bytes that all threads would have had in use since trim(), had each been where the one with the most was.
  std::size_t largest_use() {
    const std::lock_guard lock(mutex_);
    return largest_use_;
  }

  void lock() { mutex_.lock(); }      ///< held by who forks
  void unlock() { mutex_.unlock(); }  ///< in parent and child

 private:
  struct Thread {
    FreeBlocks free;
    std::array<int, SizeClass::count> blocks{};  ///< of each class, free or not
    std::size_t in_use = 0;
  };

  Holdings::GiveBack give_back() {
    return {this, [](void* pool, std::size_t index) { return static_cast<TeamPool*>(pool)->trim(index); }};
  }

  bool trim(std::size_t index) {
    for (Thread& thread : threads_)
      if (thread.free.trim(index)) {
        --thread.blocks[index];
        return true;
      }
    return false;
  }

  std::mutex mutex_;
  std::vector<Thread> threads_;
  Holdings holdings_;
  std::size_t largest_use_ = 0;
};

/// The one pool. Never destroyed, so that tensors of static lifetime can still return their blocks.
inline Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

/// The one of parallel regions.
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
/// released memory; under ThreadSanitizer too, since threads that take the pool's lock in turn seem to wait for each
/// other, and races of all else would not be seen.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || LATENT_HAS_FEATURE(address_sanitizer) || \
    LATENT_HAS_FEATURE(thread_sanitizer)
inline constexpr bool pooled = false;
#else
inline constexpr bool pooled = true;
#endif
#undef LATENT_HAS_FEATURE

/// Uninitialised memory from the pool. OutOfMemory if there is none.
inline void* allocate(std::size_t bytes) {
  if constexpr (pooled) return pool().allocate(bytes);
  void* const block = ::operator new (bytes ? bytes : 1, std::align_val_t{alignment}, std::nothrow);
  if (!block) fail_to_allocate(bytes);
  return block;
}

/// Gives back what allocate() gave for so many bytes.
inline void release(void* memory, std::size_t bytes) noexcept {
  if constexpr (pooled) return pool().release(memory, bytes);
  ::operator delete (memory, std::align_val_t{alignment});
}

/// Gives all pooled memory that nobody uses back to the heap, after a part of a program that needed much more than what
/// follows. By itself a pool keeps up to twice its largest use so far, or what it has needed again and again.
inline void trim() noexcept {
  pool().trim();
  team_pool().trim();
}

/// A standard allocator on the pool.
template <class T>
struct Allocator {
  using value_type = T;  ///< as the standard asks

  Allocator() = default;  ///< without state
  /// Of another type, as the standard asks.
  template <class U>
  Allocator(const Allocator<U>&) {}

  /// Uninitialised memory. OutOfMemory if there is none.
  T* allocate(std::size_t count) { return static_cast<T*>(memory::allocate(bytes_of<T>(count))); }
  /// Gives it back.
  void deallocate(T* block, std::size_t count) noexcept { memory::release(block, count * sizeof(T)); }

  /// All are the same.
  friend bool operator==(const Allocator&, const Allocator&) { return true; }
};

namespace detail {

/// Working space of so many bytes: within a parallel region it is that of the calling thread. (Not inlined: whoever
/// computes takes some.)
[[gnu::noinline]] inline void* allocate_scratch(std::size_t bytes) {
  const ThreadTeam team = ThreadTeam::current();
  return pooled && team.in_region ? team_pool().allocate(team.thread, team.size, bytes) : memory::allocate(bytes);
}

[[gnu::noinline]] inline void release_scratch(void* block, std::size_t bytes) noexcept {
  const ThreadTeam team = ThreadTeam::current();
  pooled&& team.in_region ? team_pool().release(team.thread, block, bytes) : memory::release(block, bytes);
}

}  // namespace detail

/// Uninitialised working space of a kernel, released by the thread that took it.
template <class T>
class Scratch {
 public:
  /// So many elements. OutOfMemory if there is no place for them.
  explicit Scratch(std::ptrdiff_t count)
      : bytes_(bytes_of<T>(static_cast<std::size_t>(count))),
        data_(static_cast<T*>(detail::allocate_scratch(bytes_))) {}
  ~Scratch() { detail::release_scratch(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() const { return data_; }                           ///< first element
  T& operator[](std::ptrdiff_t i) const { return data_[i]; }  ///< element i, unchecked

 private:
  std::size_t bytes_;
  T* data_;
};

}  // namespace latent::memory
