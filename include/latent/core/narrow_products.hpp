#pragma once

#include <atomic>
#include <utility>

/// Which products of float a thread computes: those of float, or by choice others, whose operands are rounded
/// (kernels/matmul_precision.hpp). Known by a pointer alone, so that who does not choose has nothing of them.
namespace latent {

namespace kernels {
template <class T>
struct NarrowProducts;
}

namespace detail {

/// Of threads that did not choose; null for float.
inline std::atomic<const kernels::NarrowProducts<float>*> narrow_products_of_process{nullptr};

/// What a thread chose.
struct NarrowProductsOfThread {
  const kernels::NarrowProducts<float>* products;
  bool chosen;
};
inline constinit thread_local NarrowProductsOfThread narrow_products_of_thread{nullptr, false};

/// Those of the calling thread; null for float.
inline const kernels::NarrowProducts<float>* narrow_products() {
  const NarrowProductsOfThread& mine = narrow_products_of_thread;
  return mine.chosen ? mine.products : narrow_products_of_process.load(std::memory_order_relaxed);
}

/// While it lives, its thread computes these, or those of float if they are null.
class ComputesNarrow {
 public:
  explicit ComputesNarrow(const kernels::NarrowProducts<float>* products)
      : before_(std::exchange(narrow_products_of_thread, NarrowProductsOfThread{products, true})) {}
  ~ComputesNarrow() { narrow_products_of_thread = before_; }
  ComputesNarrow(const ComputesNarrow&) = delete;
  ComputesNarrow& operator=(const ComputesNarrow&) = delete;

 private:
  NarrowProductsOfThread before_;
};

}  // namespace detail
}  // namespace latent
