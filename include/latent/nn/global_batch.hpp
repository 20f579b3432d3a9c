#pragma once

#include <span>
#include <utility>

/// Batches whose rows are in several places.
namespace latent::nn {

/// Adds numbers of one place to those of all others: each place calls it as often, with as many numbers.
struct GlobalBatch {
  void (*function)(void* object, std::span<double> numbers);  ///< adds them up
  void* object;                                               ///< that it is given

  /// Each number becomes the sum of those of all places.
  void sum(std::span<double> numbers) const { function(object, numbers); }
};

namespace detail {
inline const GlobalBatch*& global_batch() {
  thread_local const GlobalBatch* value = nullptr;
  return value;
}
}  // namespace detail

/// While one of these lives, what its thread computes is a part of a batch, whose other parts other processes compute
/// at once: BatchNorm in training takes the statistics of the whole batch, and passes gradients on accordingly. Must
/// live until backward() is done. DataParallel (distributed/data_parallel.hpp) makes one, if it is asked to.
class OverGlobalBatch {
 public:
  /// Begins; its end is that of its block. `batch` must outlive it.
  explicit OverGlobalBatch(const GlobalBatch& batch) : before_(std::exchange(detail::global_batch(), &batch)) {}
  ~OverGlobalBatch() { detail::global_batch() = before_; }
  OverGlobalBatch(const OverGlobalBatch&) = delete;
  OverGlobalBatch& operator=(const OverGlobalBatch&) = delete;

 private:
  const GlobalBatch* before_;
};

}  // namespace latent::nn
