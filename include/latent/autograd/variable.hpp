#pragma once

#include <algorithm>
#include <cstdint>
#include <new>
#include <vector>

#include "latent/autograd/watcher.hpp"
#include "latent/core/narrow_products.hpp"
#include "latent/core/print.hpp"
#include "latent/kernels/elementwise.hpp"

namespace latent {

namespace detail {

/// What an operation does with the gradient of its result.
template <Scalar T>
struct Backward : Pooled {
  virtual ~Backward() = default;
  virtual void operator()(const Tensor<T>& dy) = 0;
};

template <Scalar T, class F>
struct BackwardOf final : Backward<T> {
  explicit BackwardOf(F f) : function(std::move(f)) {}
  void operator()(const Tensor<T>& dy) override { function(dy); }
  F function;
};

inline bool& recording() {
  thread_local bool value = true;
  return value;
}

inline std::uint64_t next_order() {
  static std::atomic<std::uint64_t> counter{1};
  return counter.fetch_add(1, std::memory_order_relaxed);
}

template <Scalar T>
struct Node : Pooled {
  Tensor<T> value;
  Tensor<T> grad;
  std::vector<Variable<T>, memory::Allocator<Variable<T>>> inputs;
  Backward<T>* backward = nullptr;
  Origin* origin = nullptr;                                ///< if somebody watched
  const kernels::NarrowProducts<float>* narrow = nullptr;  ///< products of the forward, and so of the backward
  const char* operation = "";                              ///< "" for leaves
  std::uint64_t order = next_order();                      ///< inputs come before results
  std::uint64_t visited = 0;                               ///< the backward pass that last met this node
  Node* next_to_delete = nullptr;
  std::atomic<Index> users{1};
  bool requires_grad = false;
  bool keeps_grad = false;

  bool leaf() const { return *operation == '\0'; }
};

}  // namespace detail

/// While one of these lives, its thread records no operations: for evaluation and for changing parameters.
class NoGrad {
 public:
  /// Begins; its end is that of its block.
  NoGrad() : before_(std::exchange(detail::recording(), false)) {}
  ~NoGrad() { detail::recording() = before_; }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

/// A tensor that remembers how it was computed. A handle: copies stand for the same variable.
///
/// `value()` is its tensor, `grad()` its gradient. A parameter is changed by `set_value`, or in place by `writable`;
/// an operation with a derivative of its own is made by `result`.
///
/// Operations on variables of which at least one wants a gradient are recorded as they run; `backward()` of the
/// result then adds d result / d leaf to the `grad()` of every such leaf, and releases the record as it goes.
template <Scalar T>
class Variable {
 public:
  /// No variable, e.g. the absent bias of a layer.
  Variable() = default;

  /// A leaf: an input, or a parameter if it wants a gradient.
  Variable(Tensor<T> value, bool requires_grad = false) : node_(new detail::Node<T>) {
    node_->value = std::move(value);
    node_->requires_grad = requires_grad;
  }

  Variable(const Variable& other) : node_(other.node_) {
    if (node_) node_->users.fetch_add(1, std::memory_order_relaxed);
  }
  Variable(Variable&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Variable& operator=(Variable other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Variable() {
    if (node_ && node_->users.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(node_);
  }

  /// Whether there is a variable.
  explicit operator bool() const { return node_ != nullptr; }

  /// Which variable this is: all its copies have the same identity, and no other has.
  const void* identity() const { return node_; }

  /// The tensor. Error if there is no variable, as of all that follow.
  const Tensor<T>& value() const { return node().value; }
  /// Its shape.
  const Shape& shape() const { return node().value.shape(); }
  /// Size of an axis; negative axes count from the end. ShapeError if there is none.
  Index size(Index axis) const { return node().value.size(axis); }
  /// Number of elements.
  Index numel() const { return node().value.numel(); }
  /// The only element, of a loss for example. ShapeError if there are more or fewer.
  T item() const { return node().value.item(); }

  /// Whether it wants a gradient: a parameter, or a result that was recorded.
  bool requires_grad() const { return node_ && node_->requires_grad; }

  /// Whether it is no recorded result of an operation.
  bool is_leaf() const { return node().leaf(); }

  /// The gradient collected so far; not `defined()` if there is none.
  const Tensor<T>& grad() const { return node().grad; }

  /// Forgets the gradient.
  void zero_grad() const { node().grad = Tensor<T>(); }

  /// Replaces the gradient of a leaf, between backward() and a step: `p.set_grad(p.grad() * 0.5f)`. ShapeError if its
  /// shape is not the leaf's.
  void set_grad(Tensor<T> grad) const {
    check<ShapeError>(grad.shape() == shape(), "set_grad: shape ", grad.shape(), " given, expected ", shape());
    leaf("set_grad").grad = std::move(grad);
  }

  /// Whether results that are computed from a leaf from now on give it a gradient: false freezes a parameter. Forgets
  /// what gradient there is.
  void set_requires_grad(bool wanted) const {
    leaf("set_requires_grad").requires_grad = wanted;
    zero_grad();
  }

  /// Keeps the gradient of a result too; else only leaves keep theirs.
  void retain_grad() const { node().keeps_grad = true; }

  /// Replaces the value of a leaf: `layer.weight.set_value(w)` changes a parameter, of all copies of the layer. What
  /// was computed before keeps the old value. ShapeError if the shape differs, Error if this is a result.
  void set_value(Tensor<T> value) const {
    check<ShapeError>(value.shape() == shape(), "set_value: shape ", value.shape(), " given, expected ", shape());
    leaf("set_value").value = std::move(value);
  }

  /// Elements of a leaf to change in place, as optimizers and initialisers do. Error if this is a result.
  std::span<T> writable() const { return leaf("writable").value.elements(); }

  /// The same value as a leaf without gradient.
  Variable detach() const { return Variable(value()); }

  /// Adds the gradient of this one-element result to all leaves that it was computed from.
  void backward() const {
    check<ShapeError>(numel() == 1, "backward: a result of shape ", shape(),
                      " needs an upstream gradient; without one it must have one element");
    backward(Tensor<T>::full(shape(), T(1)));
  }

  /// The same for any result, `dy` being the gradient with respect to it. After an error from within the pass,
  /// gradients are added in part and the record is released in part: forget both, by zero_grad() and a new result.
  void backward(const Tensor<T>& dy) const {
    check<ShapeError>(dy.shape() == shape(), "backward: upstream gradient of shape ", dy.shape(), ", expected ",
                      shape());
    check<Error>(requires_grad(), "backward: the result does not depend on any variable that requires a gradient");
    auto results = results_last_first();
    pass_grad(dy);
    detail::Watcher* const watcher = detail::watcher();
    if (watcher) [[unlikely]]
      for (const Variable& result : results)
        static_cast<detail::WatcherOf<T>*>(watcher)->before_backward(*watcher, *result.node_);
    for (Variable& entry : results) {
      const Variable result = std::move(entry);  // its last user may be this pass
      run(result.node(), watcher);
    }
    if (watcher) [[unlikely]]
      watcher->end_backward(*watcher);
  }

  /// For backward functions: where the gradient goes, of which every element has to be written; false if none is
  /// wanted. The first that asks overwrites, later ones add: write in the order of asking.
  kernels::Target<T> grad_target() const {
    if (!requires_grad()) return {};
    if (node_->grad.defined()) return {node_->grad.data(), kernels::WriteMode::accumulate};
    node_->grad = Tensor<T>::uninitialized(shape());
    return {node_->grad.data(), kernels::WriteMode::overwrite};
  }

  /// The same for those that write some elements only, and add to these: zeros at first. Null if none is wanted.
  T* grad_data() const {
    const kernels::Target<T> target = grad_target();
    if (target && target.mode == kernels::WriteMode::overwrite) std::fill_n(target.data, numel(), T(0));
    return target.data;
  }

  /// For backward functions: a gradient that is at hand as a tensor. The first is shared, not copied.
  void pass_grad(const Tensor<T>& dx) const {
    if (!requires_grad()) return;
    if (node_->grad.defined()) {
      kernels::copy(numel(), dx.data(), node_->grad.data(), kernels::WriteMode::accumulate);
    } else {
      node_->grad = dx;
    }
  }

  /// For operations of your own: the result `value` of `inputs`, and `backward(dy)`, which adds to the gradients of the
  /// inputs, given the gradient dy of the result, of its shape:
  ///
  ///     Variable<float> cube(const Variable<float>& x) {
  ///       Tensor<float> y = ..;  // x^3
  ///       return Variable<float>::result("cube", y, {x}, [x](const Tensor<float>& dy) {
  ///         if (float* dx = x.grad_data())  // null if x wants none
  ///           for (Index i = 0; i < x.numel(); ++i) dx[i] += 3 * x.value().data()[i] * x.value().data()[i] *
  ///           dy.data()[i];
  ///       });
  ///     }
  ///
  /// Gradients go by grad_data(), which is filled with zeros or earlier gradients, by grad_target(), which spares the
  /// zeros, or by pass_grad(). The function must capture inputs and saved tensors, never the result, which would then
  /// own itself. Undefined inputs are passed over. Nothing is recorded if no input wants a gradient. gradcheck() tests
  /// it.
  template <class F>
  static Variable result(const char* operation, Tensor<T> value, std::span<const Variable> inputs, F backward) {
    Variable result = unrecorded(operation, std::move(value), inputs);
    if (result.requires_grad()) result.node_->backward = new detail::BackwardOf<T, F>(std::move(backward));
    return result;
  }
  template <class F>
  static Variable result(const char* operation, Tensor<T> value, std::initializer_list<Variable> inputs, F backward) {
    return result(operation, std::move(value), std::span<const Variable>(inputs.begin(), inputs.size()),
                  std::move(backward));
  }

  /// Whether a result of such inputs is recorded: what only its backward function needs is else not worth keeping.
  static bool records(std::span<const Variable> inputs) {
    return detail::recording() && std::ranges::any_of(inputs, &Variable::requires_grad);
  }

 private:
  /// A result that lacks its backward function only: what is the same for all of these is compiled once.
  [[gnu::noinline]] static Variable unrecorded(const char* operation, Tensor<T>&& value,
                                               std::span<const Variable> inputs) {
    Variable result(std::move(value));
    detail::Node<T>& node = *result.node_;
    if (records(inputs)) {
      node.operation = operation;
      node.requires_grad = true;
      node.narrow = detail::narrow_products();
      node.inputs.reserve(inputs.size());
      for (const Variable& input : inputs)
        if (input.requires_grad()) node.inputs.push_back(input);
    }
    if (detail::Watcher* const watcher = detail::watcher()) [[unlikely]]
      static_cast<detail::WatcherOf<T>*>(watcher)->forward(*watcher, operation, node, inputs);
    return result;
  }

  detail::Node<T>& node() const {
    check<Error>(node_ != nullptr, "variable: used before it was given a value");
    return *node_;
  }

  detail::Node<T>& leaf(const char* what) const {
    check<Error>(node().leaf(), what, ": only a leaf can be changed, this is the result of ", node().operation);
    return *node_;
  }

  /// All recorded results below this one, each after all that were computed from it.
  auto results_last_first() const {
    const std::uint64_t pass = detail::next_order();
    const auto earlier = [](const Variable* a, const Variable* b) { return a->node_->order < b->node_->order; };
    std::vector<const Variable*, memory::Allocator<const Variable*>> met;  // a heap, the last one made on top
    const auto meet = [&](const Variable& variable) {
      if (variable.node_->leaf() || variable.node_->visited == pass) return;
      variable.node_->visited = pass;
      met.push_back(&variable);
      std::push_heap(met.begin(), met.end(), earlier);
    };
    meet(*this);
    std::vector<Variable, memory::Allocator<Variable>> results;
    while (!met.empty()) {
      std::pop_heap(met.begin(), met.end(), earlier);
      const Variable& last = results.emplace_back(*met.back());
      met.pop_back();
      check<Error>(last.node_->backward != nullptr, "backward: the record of ", last.node_->operation,
                   " was already released by an earlier backward()");
      for (const Variable& input : last.node_->inputs) meet(input);
    }
    return results;
  }

  /// Passes the gradient of one result on to its inputs, and releases its record.
  static void run(detail::Node<T>& node, detail::Watcher* watcher) {
    if (node.grad.defined()) {
      const detail::ComputesNarrow as_the_forward(node.narrow);
      (*node.backward)(std::as_const(node.grad));
    }
    if (watcher) [[unlikely]]
      static_cast<detail::WatcherOf<T>*>(watcher)->backward(*watcher, node);
    if (!node.keeps_grad) node.grad = Tensor<T>();
    delete std::exchange(node.backward, nullptr);
    node.inputs.clear();
  }

  /// Deletes a node, and whatever only it used, with a loop: graphs are deeper than the stack.
  static void destroy(detail::Node<T>* node) {
    thread_local detail::Node<T>* waiting = nullptr;
    thread_local bool busy = false;
    node->next_to_delete = std::exchange(waiting, node);
    if (busy) return;
    busy = true;
    while (waiting) {
      detail::Node<T>* current = waiting;
      waiting = current->next_to_delete;
      delete current->backward;
      delete current->origin;
      delete current;
    }
    busy = false;
  }

  detail::Node<T>* node_ = nullptr;
};

template <Scalar T>
Variable(Tensor<T>, bool) -> Variable<T>;
template <Scalar T>
Variable(Tensor<T>) -> Variable<T>;

/// Its value, printed as a tensor.
template <Scalar T>
void append_to(std::string& text, const Variable<T>& x) {
  append_to(text, x.value());
}
/// The same on a stream, for who includes <ostream>.
template <class Traits, Scalar T>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Variable<T>& x) {
  return out << x.value();
}

namespace detail {

template <class T>
inline constexpr bool is_variable = false;
template <class T>
inline constexpr bool is_variable<Variable<T>> = true;

/// Tells variables that are met for the first time.
class Distinct {
 public:
  bool is_new(const void* identity) {
    if (std::find(met_.begin(), met_.end(), identity) != met_.end()) return false;
    met_.push_back(identity);
    return true;
  }

 private:
  std::vector<const void*> met_;
};

}  // namespace detail

}  // namespace latent
