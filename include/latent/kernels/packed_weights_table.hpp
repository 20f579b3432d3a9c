#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "latent/kernels/packed_weights.hpp"

namespace latent::kernels {

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
