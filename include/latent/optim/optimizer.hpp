#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/optimizers.hpp"

namespace latent::optim {

namespace detail {
/// At least 0 and finite.
inline bool is_rate(double x) { return x >= 0 && std::isfinite(x); }

/// ValueError if an optimizer is given what it cannot change.
template <Scalar T, class Name>
void check_parameter(const char* optimizer, const Name& name, const Variable<T>& parameter) {
  check<ValueError>(static_cast<bool>(parameter), optimizer, ": parameter ", name, " is undefined");
  check<ValueError>(parameter.requires_grad(), optimizer, ": parameter ", name, " of shape ", parameter.shape(),
                    " does not require a gradient");
}
}  // namespace detail

/// What nn::named_parameters(model) gives. Optimizers take it too, and then name a parameter that they refuse.
template <Scalar T>
using NamedParameters = std::vector<std::pair<std::string, Variable<T>>>;

/// The parameters that an optimizer changes, each once, however often it is given. Those without a gradient are left
/// alone by a step, as in PyTorch.
template <Scalar T>
class Optimizer {
 public:
  const std::vector<Variable<T>>& parameters() const { return parameters_; }

  /// Forgets all gradients; call it before every backward().
  void zero_grad() const {
    for (const Variable<T>& parameter : parameters_) parameter.zero_grad();
  }

 protected:
  Optimizer(const char* name, std::vector<Variable<T>> parameters) : parameters_(std::move(parameters)) {
    check<ValueError>(!parameters_.empty(), name, ": at least one parameter expected, got none");
    for (std::size_t i = 0; i < parameters_.size(); ++i) detail::check_parameter(name, i, parameters_[i]);
    latent::detail::Distinct distinct;
    std::erase_if(parameters_, [&](const Variable<T>& parameter) { return !distinct.is_new(parameter.identity()); });
  }

  Optimizer(const char* name, const NamedParameters<T>& named) : Optimizer(name, without_names(name, named)) {
    for (const Variable<T>& parameter : parameters_)
      for (const auto& [its_name, other] : named)
        if (other.identity() == parameter.identity()) {
          names_.push_back(its_name);
          break;
        }
  }

  /// The name of a parameter, or its number if they were given without.
  std::string name_of(std::size_t i) const { return names_.empty() ? std::to_string(i) : names_[i]; }

  /// Calls f(i, parameter) for those that have a gradient.
  template <class F>
  void each_with_gradient(F f) const {
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      if (parameters_[i].grad().defined()) f(i, parameters_[i]);
  }

  /// A tensor of zeros for each parameter.
  std::vector<Tensor<T>> zeros() const {
    std::vector<Tensor<T>> result;
    for (const Variable<T>& parameter : parameters_) result.emplace_back(parameter.shape());
    return result;
  }

 private:
  static std::vector<Variable<T>> without_names(const char* optimizer, const NamedParameters<T>& parameters) {
    std::vector<Variable<T>> result;
    for (const auto& [name, parameter] : parameters) {
      detail::check_parameter(optimizer, name, parameter);
      result.push_back(parameter);
    }
    return result;
  }

  std::vector<Variable<T>> parameters_;
  std::vector<std::string> names_;  // of each, if they have some
};

}  // namespace latent::optim
