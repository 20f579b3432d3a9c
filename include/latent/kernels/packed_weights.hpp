#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "latent/core/narrow_products.hpp"
#include "latent/core/shape.hpp"

/// What kernels have packed of weights that stay as they are: the panels of a product, the tables of a convolution.
/// nn::Prepared lets a model run once to have a table of it filled, and shows the table to the kernels from then on.
namespace latent::kernels {

/// Where the weights lie of which something is packed; null for those that are absent.
using WeightPlaces = std::array<const void*, 4>;

/// What kernels see of a table. A pointer to a function, since programs that prepare nothing need none of the rest.
struct PackedWeights {
  /// What is looked for, and how it is made and deleted.
  struct Request {
    WeightPlaces weights;              ///< what is packed
    const void* kind;                  ///< stands for the type of what is packed
    std::span<const Index> sizes;      ///< of the problem
    const void* maker;                 ///< what `make` is called with
    void* (*make)(const void* maker);  ///< gives it
    void (*destroy)(void* packed);     ///< deletes it
  };

  const void* (*find)(PackedWeights& table, const Request& request);  ///< null if there is none

  /// The table that the calling thread sees, or null.
  static PackedWeights*& of_thread() {
    thread_local PackedWeights* value = nullptr;
    return value;
  }

  /// While one lives, the calling thread sees a table.
  class Shown {
   public:
    /// Begins; its end is that of its block.
    explicit Shown(PackedWeights& table) : before_(std::exchange(of_thread(), &table)) {}
    ~Shown() { of_thread() = before_; }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;

   private:
    PackedWeights* before_;
  };
};

namespace detail {
template <class P>
inline char packed_kind = 0;  // its address tells the types apart
}

/// The P that was packed of these weights for a problem of these sizes, which are so many Index, or null. `make()`
/// gives it, where a table is filled.
template <class P, class Sizes, class Make>
const P* packed_weights(const WeightPlaces& weights, const Sizes& sizes, const Make& make) {
  PackedWeights* const table = PackedWeights::of_thread();
  if (!table || latent::detail::narrow_products()) [[likely]]  // which are packed otherwise
    return nullptr;
  const auto numbers = std::bit_cast<std::array<Index, sizeof(Sizes) / sizeof(Index)>>(sizes);
  const void* const found =
      table->find(*table, {weights, &detail::packed_kind<P>, numbers, &make,
                           [](const void* maker) -> void* { return new P((*static_cast<const Make*>(maker))()); },
                           [](void* packed) { delete static_cast<P*>(packed); }});
  return static_cast<const P*>(found);
}

/// The table. Threads may look for something in it at once, unless it is filled.
class PackedWeightsTable : public PackedWeights {
 public:
  /// Empty.
  PackedWeightsTable() : PackedWeights{&look_up} {}

  /// While one lives, what kernels called by its thread look for in vain is added, if all its weights are held.
  class Filled {
   public:
    /// Begins; its end is that of its block.
    explicit Filled(PackedWeightsTable& table) : table_(table), shown_(table) { table.fills_ = true; }
    ~Filled() { table_.fills_ = false; }
    Filled(const Filled&) = delete;
    Filled& operator=(const Filled&) = delete;

   private:
    PackedWeightsTable& table_;
    Shown shown_;
  };

  /// As long as `owner` lives there are weights at `place`, always the same.
  void hold(const void* place, std::shared_ptr<const void> owner) { held_.emplace_back(place, std::move(owner)); }

 private:
  struct Entry {
    WeightPlaces weights;
    const void* kind;
    std::vector<Index> sizes;
    std::shared_ptr<void> packed;
  };

  static const void* look_up(PackedWeights& table, const Request& request) {
    return static_cast<PackedWeightsTable&>(table).find_or_add(request);
  }

  const void* find_or_add(const Request& wanted) {
    auto entry = std::ranges::lower_bound(entries_, wanted.weights, {}, &Entry::weights);
    for (; entry != entries_.end() && entry->weights == wanted.weights; ++entry)
      if (entry->kind == wanted.kind && std::ranges::equal(entry->sizes, wanted.sizes)) return entry->packed.get();
    if (!fills_ || !std::ranges::all_of(wanted.weights, [this](const void* place) { return !place || holds(place); }))
      return nullptr;
    std::shared_ptr<void> packed(wanted.make(wanted.maker), wanted.destroy);
    entry = entries_.insert(
        entry, {wanted.weights, wanted.kind, {wanted.sizes.begin(), wanted.sizes.end()}, std::move(packed)});
    return entry->packed.get();
  }

  bool holds(const void* place) const {
    return std::ranges::find(held_, place, [](const auto& held) { return held.first; }) != held_.end();
  }

  std::vector<std::pair<const void*, std::shared_ptr<const void>>> held_;
  std::vector<Entry> entries_;  // in the order of their weights
  bool fills_ = false;
};

}  // namespace latent::kernels
