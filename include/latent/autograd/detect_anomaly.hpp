#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/reduce.hpp"

namespace latent {

/// A value or gradient that is infinite or NaN, found by DetectAnomaly.
struct AnomalyError : Error {
  using Error::Error;
};

/// While one of these lives, the first infinite or NaN value that an operation of its thread gives, or that a backward
/// pass of its thread writes into a gradient, is an AnomalyError that names step, operation, layer, and input:
///
///     DetectAnomaly guard(nn::named_parameters(model));
///     for (..) ..   // "Sequential: layer 1 (Linear): detect_anomaly: step 12: forward of linear with '1.weight'
///                   // gives inf at [3, 17] from finite inputs of shapes [64, 784], [128, 784]"
///
/// Layers are those of nn::Sequential; the parameters by whose names the others are known are optional. Backward knows
/// the layers of what was computed under a guard. Of guards within each other the innermost one answers. An error in a
/// backward pass leaves gradients as any other does there: see Variable::backward. Every value is read once more, so
/// training takes some percent longer; without a guard it costs nothing that can be measured. As
/// torch.autograd.detect_anomaly.
class DetectAnomaly final : detail::Watcher {
 public:
  /// Without names of parameters: errors then call them by operation, input and layer. (A template: what it names is
  /// compiled for those who use it only.)
  template <class = void>
  DetectAnomaly() : Watcher{functions<float>(), functions<double>(), &count_step}, before_(detail::watcher()) {
    detail::watcher() = this;
  }

  /// With those of nn::named_parameters(model).
  template <Scalar T>
  explicit DetectAnomaly(std::vector<std::pair<std::string, Variable<T>>> parameters) : DetectAnomaly() {
    std::get<Named<T>>(parameters_) = std::move(parameters);
  }

  ~DetectAnomaly() { detail::watcher() = before_; }
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;

  /// The number of the step that is taken next, for the text of errors. Without it steps are counted from 1, each with
  /// one backward().
  void step(Index number) {
    step_ = number;
    counting_ = false;
  }

 private:
  template <Scalar T>
  using Named = std::vector<std::pair<std::string, Variable<T>>>;

  template <Scalar T>
  static detail::WatcherOf<T> functions() {
    return {[](const Watcher& self, const char* operation, detail::Node<T>& result,
               std::span<const Variable<T>> inputs) { guard(self).check_forward(operation, result, inputs); },
            [](const Watcher& self, const detail::Node<T>& result) { guard(self).check_before_backward(result); },
            [](const Watcher& self, const detail::Node<T>& result) { guard(self).check_backward(result); }};
  }

  static const DetectAnomaly& guard(const Watcher& self) { return static_cast<const DetectAnomaly&>(self); }

  static void count_step(Watcher& self) {
    auto& guard = static_cast<DetectAnomaly&>(self);
    guard.step_ += guard.counting_;
  }

  template <Scalar T>
  void check_forward(const char* operation, detail::Node<T>& result, std::span<const Variable<T>> inputs) const {
    const std::string found = anomaly(result.value);
    if (found.empty()) {
      if (result.requires_grad) result.origin = origin(inputs);
      return;
    }
    const std::string made_by = known_as(operation, inputs);
    std::string shapes;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i]) continue;
      const std::string earlier = anomaly(inputs[i].value());
      check<AnomalyError>(earlier.empty(), "detect_anomaly: step ", step_, ": forward of ", made_by, " gives ", found,
                          ", since ", known_as(inputs[i], i), " is ", earlier);
      if (!shapes.empty()) shapes += ", ";
      append_to(shapes, inputs[i].shape());
    }
    fail<AnomalyError>("detect_anomaly: step ", step_, ": forward of ", made_by, " gives ", found,
                       " from finite inputs of shapes ", shapes);
  }

  /// What was wrong before is not blamed on the operations of this pass.
  template <Scalar T>
  void check_before_backward(const detail::Node<T>& result) const {
    check_given(result.grad, "the result of ", result.operation);
    for (const Variable<T>& input : result.inputs)
      check_given(input.grad(), "", known_as(input, number_of(input, result)));
  }

  template <Scalar T>
  void check_given(const Tensor<T>& grad, const char* kind, const std::string& name) const {
    const std::string found = anomaly(grad);
    check<AnomalyError>(found.empty(), "detect_anomaly: step ", step_, ": the gradient of ", kind, name, " is ", found,
                        " already before backward");
  }

  template <Scalar T>
  void check_backward(const detail::Node<T>& result) const {
    for (const Variable<T>& input : result.inputs) {
      const std::string found = anomaly(input.grad());
      if (found.empty()) continue;
      fail<AnomalyError>(result.origin ? result.origin->layer : std::string(), "detect_anomaly: step ", step_,
                         ": backward of ", known_as(result.operation, std::span<const Variable<T>>(result.inputs)),
                         " gives ", found, " for ", known_as(input, number_of(input, result)));
    }
  }

  /// "nan at [3, 17]", or nothing if all elements are finite.
  template <Scalar T>
  static std::string anomaly(const Tensor<T>& x) {
    if (kernels::all_finite(x.numel(), x.data())) return {};
    Index element = 0;
    while (x.data()[element] * T(0) == T(0)) ++element;
    const T value = x.data()[element];
    std::string text = value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
    if (x.rank() == 0) return text;
    Shape indices;
    for (Index axis = 0; axis < x.rank(); ++axis) indices.append(element / x.shape().stride(axis) % x.shape()[axis]);
    text += " at ";
    append_to(text, indices);
    return text;
  }

  template <Scalar T>
  static detail::Origin* origin(std::span<const Variable<T>> inputs) {
    auto* const result = new detail::Origin{{}, detail::InLayer::text(), {}};
    for (const Variable<T>& input : inputs) result->inputs.push_back(input.identity());
    return result;
  }

  /// Which of an operation's inputs it is; `unknown` if nobody noted them.
  template <Scalar T>
  static std::size_t number_of(const Variable<T>& input, const detail::Node<T>& result) {
    if (!result.origin) return unknown;
    const std::vector<const void*>& inputs = result.origin->inputs;
    return static_cast<std::size_t>(std::find(inputs.begin(), inputs.end(), input.identity()) - inputs.begin());
  }

  /// The parameter's name, or null.
  template <Scalar T>
  const std::string* name_of(const Variable<T>& variable) const {
    for (const auto& [name, parameter] : std::get<Named<T>>(parameters_))
      if (parameter.identity() == variable.identity()) return &name;
    return nullptr;
  }

  template <Scalar T>
  std::string known_as(const Variable<T>& input, std::size_t number) const {
    if (const std::string* const name = name_of(input))
      return message("parameter '", *name, "' of shape ", input.shape());
    if (number == unknown) return message("an input of shape ", input.shape());
    return message("input ", number, " of shape ", input.shape());
  }

  /// "linear with 'encoder.0.weight'": the first of its parameters says which it is.
  template <Scalar T>
  std::string known_as(const char* operation, std::span<const Variable<T>> inputs) const {
    std::string text = operation;
    for (const Variable<T>& input : inputs)
      if (const std::string* const name = name_of(input)) return text.append(" with '").append(*name).append("'");
    return text;
  }

  static constexpr std::size_t unknown = static_cast<std::size_t>(-1);

  std::tuple<Named<float>, Named<double>> parameters_;
  detail::Watcher* before_;
  Index step_ = 1;
  bool counting_ = true;
};

}  // namespace latent
