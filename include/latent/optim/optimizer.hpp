#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/optimizers.hpp"

namespace latent::optim {

namespace detail {
/// At least 0 and finite.
constexpr bool is_rate(double x) { return x >= 0 && std::isfinite(x); }

/// ValueError if eps is lost in T.
template <Scalar T>
void check_eps(const char* optimizer, double eps) {
  check<ValueError>(eps == 0 || static_cast<T>(eps) > 0, optimizer, ": eps ", eps,
                    " is 0 in the scalar type of the parameters");
}
}  // namespace detail

/// What nn::named_parameters(model) gives. Optimizers take it too, and then name a parameter that they refuse.
template <Scalar T>
using NamedParameters = std::vector<std::pair<std::string, Variable<T>>>;

namespace detail {
/// Parameters without names are called by their numbers.
template <Scalar T>
[[gnu::cold, gnu::noinline]] NamedParameters<T> numbered(const std::vector<Variable<T>>& parameters) {
  NamedParameters<T> result;
  for (const Variable<T>& parameter : parameters) result.emplace_back(std::to_string(result.size()), parameter);
  return result;
}
}  // namespace detail

/// The parameters that an optimizer changes, each once, however often it is given. Those without a gradient are left
/// alone by a step, by its weight decay too: frozen ones (nn::freeze), until they have one again. As in PyTorch.
template <Scalar T>
class Optimizer {
 public:
  /// Each once, in the order in which they were given.
  const std::vector<Variable<T>>& parameters() const { return parameters_; }

  /// The name of one of them, or its number among those that were given without names.
  const std::string& name_of(std::size_t i) const { return names_[i]; }

  /// Forgets all gradients; call it before every backward().
  void zero_grad() const {
    for (const Variable<T>& parameter : parameters_) parameter.zero_grad();
  }

 protected:
  /// `optimizer` is its name in errors. ValueError for no parameters, or undefined ones.
  [[gnu::cold]] Optimizer(const char* optimizer, const NamedParameters<T>& named) {
    check<ValueError>(!named.empty(), optimizer, ": at least one parameter expected, got none");
    latent::detail::Distinct distinct;
    for (const auto& [name, parameter] : named) {
      check<ValueError>(static_cast<bool>(parameter), optimizer, ": parameter ", name, " is undefined");
      if (!distinct.is_new(parameter.identity())) continue;
      parameters_.push_back(parameter);
      names_.push_back(name);
    }
  }

  /// Calls f(i, parameter) for those that have a gradient.
  template <class F>
  void each_with_gradient(F f) const {
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      if (parameters_[i].grad().defined()) f(i, parameters_[i]);
  }

  /// Names how many steps a parameter has made, for visit; a damaged count is cut to one that can go on.
  template <class F>
  void visit_step(F& f, std::size_t i, Index& steps) const {
    f(names_[i] + ".step", steps, [&steps](Index read) { steps = std::clamp<Index>(read, 0, Index{1} << 40); });
  }

  /// A tensor of zeros for each parameter.
  [[gnu::cold]] std::vector<Tensor<T>> zeros() const {
    std::vector<Tensor<T>> result;
    for (const Variable<T>& parameter : parameters_) result.emplace_back(parameter.shape());
    return result;
  }

 private:
  std::vector<Variable<T>> parameters_;
  std::vector<std::string> names_;
};

}  // namespace latent::optim
