#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <mutex>
#include <new>

namespace latent::memory {

/// Every block begins at a multiple of this, a cache line and the widest vector register.
inline constexpr std::size_t alignment = 64;

/// Keeps released blocks for the next request of like size, so that a training loop, whose steps all ask
/// for the same blocks, takes nothing from the heap and touches no new page after its first steps.
///
/// Sizes are rounded up to one of four classes per power of two: at most a quarter is wasted. One pool
/// serves all threads, so that a block released by another thread than asked for it is found again.
class Pool {
 public:
  void* allocate(std::size_t bytes) {
    const std::size_t index = class_of(bytes);
    {
      const std::lock_guard lock(mutex_);
      if (Block* block = free_[index]) {
        free_[index] = block->next;
        return block;
      }
    }
    return ::operator new(class_bytes(index), std::align_val_t{alignment});
  }

  void release(void* memory, std::size_t bytes) noexcept {
    const std::size_t index = class_of(bytes);
    const std::lock_guard lock(mutex_);
    free_[index] = ::new (memory) Block{free_[index]};
  }

  /// Gives all blocks that nobody uses back to the heap.
  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    for (Block*& first : free_) {
      while (first) {
        Block* next = first->next;
        ::operator delete(first, std::align_val_t{alignment});
        first = next;
      }
    }
  }

  /// Class of a request, such that class_bytes(class_of(n)) >= n.
  static constexpr std::size_t class_of(std::size_t bytes) {
    const std::size_t units = (bytes + alignment - 1) / alignment;
    if (units <= 4) return units;
    const auto shift = static_cast<std::size_t>(std::bit_width(units - 1)) - 3;
    return 4 * shift + ((units - 1) >> shift) + 1;
  }

  static constexpr std::size_t class_bytes(std::size_t index) {
    if (index <= 4) return (index ? index : 1) * alignment;
    const std::size_t shift = (index - 5) / 4;
    return ((index - 4 * shift) << shift) * alignment;
  }

 private:
  struct Block {
    Block* next;
  };
  std::mutex mutex_;
  std::array<Block*, 256> free_{};
};

/// The one pool. Never destroyed, so that tensors of static lifetime can still return their blocks.
inline Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

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
  return ::operator new(bytes ? bytes : 1, std::align_val_t{alignment});
}

inline void release(void* memory, std::size_t bytes) noexcept {
  if constexpr (pooled) return pool().release(memory, bytes);
  ::operator delete(memory, std::align_val_t{alignment});
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

/// Uninitialised working space of a kernel.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::ptrdiff_t count)
      : bytes_(static_cast<std::size_t>(count) * sizeof(T)), data_(static_cast<T*>(memory::allocate(bytes_))) {}
  ~Scratch() { memory::release(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() const { return data_; }
  T& operator[](std::ptrdiff_t i) const { return data_[i]; }

 private:
  std::size_t bytes_;
  T* data_;
};

}  // namespace latent::memory
