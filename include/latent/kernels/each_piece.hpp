#pragma once

#include <span>

#include "latent/core/memory.hpp"
#include "latent/kernels/elementwise.hpp"

/// Loops over the parameters of a model, which may be many and small, in one parallel region.
namespace latent::kernels {

/// The arrays of a step, in working space: what an optimizer hands to its kernel.
template <class Array>
class ArrayList {
 public:
  /// Empty, with room for so many.
  explicit ArrayList(std::size_t most) : arrays_(static_cast<Index>(most)) {}

  /// Adds one; there must be room.
  void push_back(const Array& array) { ::new (arrays_.data() + size_++) Array(array); }

  operator std::span<const Array>() const { return {arrays_.data(), size_}; }

 private:
  memory::Scratch<Array> arrays_;
  std::size_t size_ = 0;
};

/// So many tasks at most: each visits every array.
inline constexpr Index most_tasks = 64;

/// Calls f(task, array, first, last) for the pieces of all arrays, in their order within a task; `work` is that of one
/// element. A task has the same part of each array, so that a thread meets the parameters whose gradients it computed.
template <class T, class Array, class F>
void each_piece_of_task(std::span<const Array> arrays, double work, F f) {
  Index total = 0;
  for (const Array& array : arrays) total += array.n;
  const Index tasks = std::clamp<Index>(total / elementwise_piece, 1, most_tasks);
  parallel_for(tasks, work * static_cast<double>(total) / static_cast<double>(tasks), [&](Index task) {
    for (const Array& array : arrays) {
      const auto begin_of = [&](Index part) { return array.n * part / tasks / lanes<T> * lanes<T>; };
      const Index last = task + 1 == tasks ? array.n : begin_of(task + 1);
      if (begin_of(task) < last) f(task, array, begin_of(task), last);
    }
  });
}

/// The same for who does not ask which task it is: f(array, first, last).
template <class T, class Array, class F>
void each_piece(std::span<const Array> arrays, double work, F f) {
  each_piece_of_task<T>(arrays, work,
                        [&](Index, const Array& array, Index first, Index last) { f(array, first, last); });
}

namespace detail {

/// update(i, count) for all registers of [first, last).
template <class T, class F>
void each_register(Index first, Index last, F update) {
  Index i = first;
  for (; i + lanes<T> <= last; i += lanes<T>) update(i, lanes<T>);
  if (i < last) update(i, last - i);
}

}  // namespace detail

}  // namespace latent::kernels
