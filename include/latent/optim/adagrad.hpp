#pragma once

#include "latent/kernels/rmsprop.hpp"
#include "latent/optim/optimizer.hpp"

namespace latent::optim {

/// All at least 0 and finite, else ValueError.
struct AdagradOptions {
  double lr = 1e-2;                      ///< learning rate
  double lr_decay = 0;                   ///< how fast it falls with the number of steps
  double weight_decay = 0;               ///< this times the parameter is added to the gradient
  double initial_accumulator_value = 0;  ///< what the sums of squares begin with
  double eps = 1e-10;                    ///< added to their roots; not so small that it is 0 in the scalar type

  void check_values() const {
    check<ValueError>(detail::is_rate(lr) && detail::is_rate(lr_decay) && detail::is_rate(weight_decay) &&
                          detail::is_rate(initial_accumulator_value) && detail::is_rate(eps),
                      "Adagrad: all options must be at least 0 and finite, got lr ", lr, ", lr_decay ", lr_decay,
                      ", weight_decay ", weight_decay, ", initial_accumulator_value ", initial_accumulator_value,
                      ", eps ", eps);
  }
};

/// Adagrad: Duchi et al., "Adaptive subgradient methods for online learning and stochastic optimization", 2011. For
/// each parameter p with gradient g, in its own step number t:
///
///     g += weight_decay p    sum += g^2    p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps)
///
/// As torch.optim.Adagrad; ValueError for options out of their range.
template <Scalar T>
class Adagrad : public Optimizer<T> {
 public:
  /// May be changed between steps: `optimizer.options.lr = 1e-4` sets the learning rate. But initial_accumulator_value
  /// has had its effect.
  AdagradOptions options;

  explicit Adagrad(const std::vector<Variable<T>>& parameters, const AdagradOptions& o = {})
      : Adagrad(detail::numbered(parameters), o) {}
  explicit Adagrad(const NamedParameters<T>& parameters, const AdagradOptions& o = {})
      : Optimizer<T>("Adagrad", parameters), options(o), steps_(this->parameters().size()), sum_(this->zeros()) {
    check_options();
    for (Tensor<T>& sum : sum_) sum.fill(static_cast<T>(options.initial_accumulator_value));
  }

  /// Its state, for a checkpoint: options, and of each parameter `step` and `sum`, as PyTorch names them, behind the
  /// parameter's name, or its number if the optimizer was given parameters without names.
  template <class F>
  void visit(F&& f) {
    f("lr", options.lr), f("lr_decay", options.lr_decay), f("weight_decay", options.weight_decay);
    f("initial_accumulator_value", options.initial_accumulator_value), f("eps", options.eps);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      this->visit_step(f, i, steps_[i]);
      f(this->name_of(i) + ".sum", sum_[i]);
    }
  }

  /// Changes every parameter that has a gradient.
  void step() {
    check_options();
    const auto scalar = [](double x) { return static_cast<T>(x); };
    kernels::ArrayList<kernels::AdagradArray<T>> arrays(this->parameters().size());
    this->each_with_gradient([&](std::size_t i, const Variable<T>& parameter) {
      const auto steps_before = static_cast<double>(steps_[i]++);
      arrays.push_back({.n = parameter.numel(),
                        .gradient = parameter.grad().data(),
                        .parameter = parameter.writable().data(),
                        .sum = sum_[i].data(),
                        .step_size = scalar(options.lr / (1 + steps_before * options.lr_decay))});
    });
    kernels::adagrad<T>(arrays, {.eps = scalar(options.eps), .weight_decay = scalar(options.weight_decay)});
  }

 private:
  void check_options() const {
    options.check_values();
    detail::check_eps<T>("Adagrad", options.eps);
  }

  std::vector<Index> steps_;  // of each parameter, for those without a gradient are passed over
  std::vector<Tensor<T>> sum_;
};

}  // namespace latent::optim
