#pragma once

#include <vector>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/optimizers.hpp"

namespace latent::optim {

/// The parameters that an optimizer changes. Those without a gradient are left alone by a step, as in PyTorch.
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
  }

  /// The parameters that have a gradient; `remember(i, array)` adds what is remembered of the i-th.
  template <class F>
  std::span<const kernels::OptimizedArray<T>> arrays(F remember) {
    arrays_.clear();
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Variable<T>& parameter = parameters_[i];
      if (!parameter.grad().defined()) continue;
      remember(i, arrays_.emplace_back(kernels::OptimizedArray<T>{.n = parameter.numel(),
                                                                  .gradient = parameter.grad().data(),
                                                                  .parameter = parameter.writable().data()}));
    }
    return arrays_;
  }

  /// A tensor of zeros for each parameter.
  std::vector<Tensor<T>> zeros() const {
    std::vector<Tensor<T>> result;
    for (const Variable<T>& parameter : parameters_) result.emplace_back(parameter.shape());
    return result;
  }

 private:
  std::vector<Variable<T>> parameters_;
  std::vector<kernels::OptimizedArray<T>> arrays_;  // of the last step, kept for its memory
};

}  // namespace latent::optim
