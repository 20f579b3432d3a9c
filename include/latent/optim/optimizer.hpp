#pragma once

#include <cmath>
#include <vector>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/optimizers.hpp"

namespace latent::optim {

namespace detail {
/// At least 0 and finite.
inline bool is_rate(double x) { return x >= 0 && std::isfinite(x); }
}  // namespace detail

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
    check<ValueError>(!parameters_.empty(), name, ": no parameters to optimize");
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      check<ValueError>(parameters_[i].requires_grad(), name, ": parameter ", i, " does not require a gradient");
    latent::detail::Distinct distinct;
    std::erase_if(parameters_, [&](const Variable<T>& parameter) { return !distinct.is_new(parameter.identity()); });
  }

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
  std::vector<Variable<T>> parameters_;
};

}  // namespace latent::optim
