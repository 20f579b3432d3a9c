#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "latent/autograd/variable.hpp"

namespace latent {

/// While one of these lives, `ready(i)` is called in each backward pass of its thread as soon as the gradient of
/// variables[i], a leaf, is complete, that is when the last operation that uses it has passed its gradient on; the pass
/// goes on behind it. For those who use gradients while others are still computed:
///
///     const GradientHook<float> hook(parameters, [&](Index i) { send(parameters[i].grad()); });
///     loss.backward();
///
/// Of leaves that the result does not depend on nothing is told, and leaves that it depends on may still have no
/// gradient, behind operations that pass none on. `ready` may take the gradient away (zero_grad), but not change the
/// variable. `after_each`, if given, is called behind each operation of the pass, and after `ready`. A program that
/// includes none of this contains nothing of it: passes are watched as by DetectAnomaly, which may live at once.
template <Scalar T>
class GradientHook : private detail::Watcher {
 public:
  /// Begins; its end is that of its block, where the variables must still be there.
  GradientHook(std::span<const Variable<T>> variables, std::function<void(Index)> ready,
               std::function<void()> after_each = {})
      : detail::Watcher{functions<float>(), functions<double>(),
                        [](detail::Watcher& self) { hook(self).pass_on_end(); }},
        ready_(std::move(ready)),
        after_each_(std::move(after_each)) {
    for (const Variable<T>& variable : variables) leaves_.push_back({variable.identity(), std::ssize(leaves_), 0});
    std::ranges::sort(leaves_, {}, &Leaf::identity);
    before_ = std::exchange(detail::watcher(), static_cast<Watcher*>(this));
  }
  ~GradientHook() { detail::watcher() = before_; }
  GradientHook(const GradientHook&) = delete;
  GradientHook& operator=(const GradientHook&) = delete;

 private:
  using Watcher = detail::Watcher;

  struct Leaf {
    const void* identity;
    Index number;
    Index uses;  ///< by operations of the pass that have not run yet
  };

  static const GradientHook& hook(const Watcher& self) { return static_cast<const GradientHook&>(self); }

  template <Scalar U>
  static detail::WatcherOf<U> functions() {
    return {
        [](const Watcher& self, const char* operation, detail::Node<U>& result, std::span<const Variable<U>> inputs) {
          if (Watcher* const before = hook(self).before_)
            static_cast<detail::WatcherOf<U>*>(before)->forward(*before, operation, result, inputs);
        },
        [](const Watcher& self, const detail::Node<U>& result) {
          if (Watcher* const before = hook(self).before_)
            static_cast<detail::WatcherOf<U>*>(before)->before_backward(*before, result);
          if constexpr (std::same_as<T, U>) hook(self).count(result);
        },
        [](const Watcher& self, const detail::Node<U>& result) {
          if (Watcher* const before = hook(self).before_)
            static_cast<detail::WatcherOf<U>*>(before)->backward(*before, result);
          if constexpr (std::same_as<T, U>) hook(self).tell(result);
        }};
  }

  void pass_on_end() const {
    if (before_) before_->end_backward(*before_);
  }

  /// Calls f(leaf) for the inputs of a result that are watched.
  template <class F>
  void each_leaf(const detail::Node<T>& result, F f) const {
    for (const Variable<T>& input : result.inputs) {
      const auto found = std::ranges::lower_bound(leaves_, input.identity(), {}, &Leaf::identity);
      if (found != leaves_.end() && found->identity == input.identity()) f(*found);
    }
  }

  void count(const detail::Node<T>& result) const {
    each_leaf(result, [](Leaf& leaf) { ++leaf.uses; });
  }

  void tell(const detail::Node<T>& result) const {
    each_leaf(result, [this](Leaf& leaf) {
      if (--leaf.uses == 0) ready_(leaf.number);
    });
    if (after_each_) after_each_();
  }

  std::function<void(Index)> ready_;
  std::function<void()> after_each_;
  Watcher* before_ = nullptr;
  mutable std::vector<Leaf, memory::Allocator<Leaf>> leaves_;  // by identity
};

}  // namespace latent
