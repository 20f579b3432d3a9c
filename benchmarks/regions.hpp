#pragma once

#include <algorithm>
#include <latent/autograd/variable.hpp>
#include <latent/core/parallel.hpp>
#include <latent/core/region_observer.hpp>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "peak.hpp"

namespace benchmarks {

/// A call of parallel_for: its tasks, the multiply-adds of one as its caller says, and the seconds of all.
struct Region {
  latent::Index tasks;
  double work, seconds;
};

/// Notes the regions of its thread.
class RegionTimer final : latent::detail::RegionObserver {
 public:
  std::vector<Region> regions;

 private:
  void begin(latent::Index tasks, double work) override {
    regions.push_back({tasks, work, 0});
    begun_ = latent::detail::clock_seconds();
  }
  void end() noexcept override { regions.back().seconds = latent::detail::clock_seconds() - begun_; }

  double begun_ = 0;
};

/// Numbers that the operations of a step take from what was computed before.
struct Crossing {
  double whole = 0;  ///< that each thread reads all of
  double parts =
      0;  ///< of which each thread reads its share, by an order that need not be that in which it was written

  /// The operations that its thread computes while it lives are counted.
  class Counter;
};

/// linear is cut by columns of its results, forward and backward: each thread reads all of x and of the gradient of y,
/// and its part of the weight. All others are cut by images or pieces: each thread reads all parameters, and its part
/// of the result three times, that is in the operation that follows, in backward, and as gradient.
class Crossing::Counter final : latent::detail::Watcher {
 public:
  Counter() : Watcher{functions<float>(), functions<double>(), [](Watcher&) {}}, before_(latent::detail::watcher()) {
    latent::detail::watcher() = this;
  }
  ~Counter() { latent::detail::watcher() = before_; }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  const Crossing& crossing() const { return crossing_; }

 private:
  template <latent::Scalar T>
  static latent::detail::WatcherOf<T> functions() {
    return {[](const Watcher& self, const char* operation, latent::detail::Node<T>& result,
               std::span<const latent::Variable<T>> inputs) {
              static_cast<const Counter&>(self).count(operation, result.value, inputs);
            },
            [](const Watcher&, const latent::detail::Node<T>&) {},
            [](const Watcher&, const latent::detail::Node<T>&) {}};
  }

  template <latent::Scalar T>
  void count(std::string_view operation, const latent::Tensor<T>& result,
             std::span<const latent::Variable<T>> inputs) const {
    const auto size = [](const latent::Tensor<T>& x) { return static_cast<double>(x.numel()); };
    if (operation == "reshape") return;  // computes nothing
    if (operation == "linear") {
      crossing_.whole += size(inputs[0].value()) + size(result);
      crossing_.parts += size(inputs[1].value());
      return;
    }
    crossing_.parts += 3 * size(result);
    for (const latent::Variable<T>& input : inputs)
      if (input && input.is_leaf() && input.requires_grad()) crossing_.whole += size(input.value());
  }

  mutable Crossing crossing_;
  latent::detail::Watcher* before_;
};

}  // namespace benchmarks
