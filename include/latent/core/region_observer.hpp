#pragma once

#include <utility>

#include "latent/core/shape.hpp"

namespace latent::detail {

/// Is told of each parallel_for that its thread calls while it lives, for programs that time them; not of those within
/// another parallel_for. Of two the inner one is told. It must be destroyed by the thread that made it. While nobody
/// observes, a parallel_for costs one load and one branch more.
class RegionObserver {
 public:
  RegionObserver() : before_(std::exchange(current(), this)) {}
  RegionObserver(const RegionObserver&) = delete;
  RegionObserver& operator=(const RegionObserver&) = delete;

  /// `count` tasks begin, of `work` multiply-adds each, as the caller of parallel_for says.
  virtual void begin(Index count, double work) = 0;
  /// All of them are done, or one has thrown.
  virtual void end() noexcept = 0;

  /// Of the calling thread; null if nobody observes it.
  static RegionObserver*& current() {
    static constinit thread_local RegionObserver* value = nullptr;
    return value;
  }

 protected:
  ~RegionObserver() { current() = before_; }

 private:
  RegionObserver* before_;
};

/// While it lives, a region runs that `observer` is told of, and nobody is told of those within.
class ObservedRegion {
 public:
  ObservedRegion(RegionObserver& observer, Index count, double work) : observer_(observer) {
    observer.begin(count, work);
    RegionObserver::current() = nullptr;
  }
  ~ObservedRegion() {
    RegionObserver::current() = &observer_;
    observer_.end();
  }
  ObservedRegion(const ObservedRegion&) = delete;
  ObservedRegion& operator=(const ObservedRegion&) = delete;

 private:
  RegionObserver& observer_;
};

}  // namespace latent::detail
