#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "latent/core/memory.hpp"
#include "latent/core/tensor.hpp"

/// What operations and stacks of layers say to one who watches them, DetectAnomaly: nothing while nobody does.
namespace latent {

template <Scalar T>
class Variable;

namespace detail {

/// Pooled memory for whoever derives from it, so that recording a step takes nothing from the heap.
struct Pooled {
  static void* operator new(std::size_t bytes) { return memory::allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { memory::release(block, bytes); }
};

template <Scalar T>
struct Node;

struct Watcher;

/// What a Watcher does where variables of one type are computed. Pointers to functions, since g++ compiles what a
/// virtual function will probably be into every program that might call it.
template <Scalar T>
struct WatcherOf {
  /// `operation` has given `result`, which lacks its backward function yet.
  void (*forward)(const Watcher&, const char* operation, Node<T>& result, std::span<const Variable<T>> inputs);
  /// A backward pass will run over `result`, among others.
  void (*before_backward)(const Watcher&, const Node<T>& result);
  /// The gradient of a result was passed on to its inputs.
  void (*backward)(const Watcher&, const Node<T>& result);
};

/// Is told of the operations of its thread.
struct Watcher : WatcherOf<float>, WatcherOf<double> {
  void (*end_backward)(Watcher&);
};

/// Who watches the calling thread; null if nobody does.
inline Watcher*& watcher() {
  thread_local Watcher* value = nullptr;
  return value;
}

/// Where a result was made, as a Watcher noted it for the backward pass.
struct Origin : Pooled {
  std::string layer;                ///< "Sequential: layer 2 (Linear): ", or empty
  std::vector<const void*> inputs;  ///< identities of all inputs, in order
};

/// While one of these lives, the calling thread is in the layer of a stack that `place` says, of type
/// `signatures[place]`, for which `name` has a text. Stacks within stacks are a list.
class InLayer {
 public:
  using Name = std::string (*)(std::size_t place, const char* signature);

  InLayer(const std::size_t& place, const char* const* signatures, Name name)
      : place_(place), signatures_(signatures), name_(name), noted_(watcher() != nullptr) {
    if (noted_) within_ = std::exchange(innermost(), this);
  }
  ~InLayer() {
    if (noted_) innermost() = within_;
  }
  InLayer(const InLayer&) = delete;
  InLayer& operator=(const InLayer&) = delete;

  /// Calls f(layer) for the layers in which the calling thread is, those of inner stacks first. Known while somebody
  /// watches.
  template <class F>
  static void each(F f) {
    for (const InLayer* layer = innermost(); layer; layer = layer->within_) f(*layer);
  }

  std::size_t place() const { return place_; }
  const char* signature() const { return signatures_[place_]; }

  /// The layers in which the calling thread is, those of the outer stack first.
  static std::string text() {
    std::string text;
    each([&](const InLayer& layer) { text.insert(0, layer.name_(layer.place(), layer.signature())); });
    return text;
  }

 private:
  static const InLayer*& innermost() {
    thread_local const InLayer* value = nullptr;
    return value;
  }

  const std::size_t& place_;
  const char* const* signatures_;
  Name name_;
  const InLayer* within_ = nullptr;
  bool noted_;
};

}  // namespace detail

}  // namespace latent
