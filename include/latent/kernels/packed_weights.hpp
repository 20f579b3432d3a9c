#pragma once

#include <array>
#include <bit>
#include <span>
#include <utility>

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

}  // namespace latent::kernels
