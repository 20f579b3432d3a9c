#pragma once

#include "latent/kernels/gemm.hpp"

namespace latent::kernels {

/// The parts of a product's sums as tasks (split-K in CUTLASS), where split_pays(): then a thread multiplies the rows
/// of b that it alone writes elsewhere, as the rows of a weight which it updates, and sums of parts, not rows of b, go
/// from core to core. Who computes the last part of a task adds up all.
template <class T>
class SplitK {
 public:
  explicit SplitK(const Gemm<T>& product)
      : product_(product),
        parts_(product.split_pays() ? product.parts() : 1),
        stride_(product.tasks() * product.part_size()),
        sums_(parts_ > 1 ? parts_ * stride_ : 0),
        done_(parts_ > 1 ? product.tasks() : 0) {
    for (Index task = 0; parts_ > 1 && task < product.tasks(); ++task) std::construct_at(done_.data() + task, 0);
  }

  Index tasks() const { return product_.tasks() * parts_; }

  void operator()(Index i) const {
    if (parts_ == 1) return product_(i);
    const Index part = i / product_.tasks(), task = i % product_.tasks();
    T* const sums = sums_.data() + task * product_.part_size();
    product_.sum_part(task, part, sums + part * stride_);
    if (done_[task].fetch_add(1, std::memory_order_acq_rel) + 1 == parts_) product_.add_parts(task, sums, stride_);
  }

 private:
  const Gemm<T>& product_;
  Index parts_, stride_;
  memory::Scratch<T> sums_;
  memory::Scratch<std::atomic<Index>> done_;
};

/// Two products that do not depend on each other, side by side, the first by SplitK where that pays: their tasks are
/// mixed evenly, so that each thread begins with its own part of both.
template <class T>
void gemm_both(const Gemm<T>& one, const Gemm<T>& other) {
  if (one.blocks_pay() || other.blocks_pay()) {  // two regions for each part of a long sum do not show
    gemm(one);
    return gemm(other);
  }
  const SplitK<T> first(one);
  const Index tasks = first.tasks() + other.tasks();
  const double work =
      (static_cast<double>(one.tasks()) * one.work() + static_cast<double>(other.tasks()) * other.work()) /
      static_cast<double>(std::max<Index>(tasks, 1));
  parallel_for(tasks, work, [&](Index task) {
    const Index before = task * first.tasks() / tasks;
    (task + 1) * first.tasks() / tasks > before ? first(before) : other(task - before);
  });
}

}  // namespace latent::kernels
