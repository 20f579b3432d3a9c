#pragma once

#include "latent/kernels/lion.hpp"
#include "latent/optim/optimizer.hpp"

namespace latent::optim {

/// ValueError for values out of their range.
struct LionOptions {
  double lr = 1e-4;         ///< learning rate, at least 0, finite; what every element changes by in a step
  double beta1 = 0.9;       ///< share of the mean of gradients in the direction of a step, [0, 1)
  double beta2 = 0.99;      ///< how much of that mean stays from step to step, [0, 1)
  double weight_decay = 0;  ///< at least 0, finite

  void check_values() const {
    const auto in_unit = [](double x) { return x >= 0 && x < 1; };
    check<ValueError>(detail::is_rate(lr) && detail::is_rate(weight_decay) && in_unit(beta1) && in_unit(beta2),
                      "Lion: lr and weight_decay must be at least 0 and finite, and the betas in [0, 1), got lr ", lr,
                      ", weight_decay ", weight_decay, ", betas ", beta1, " and ", beta2);
  }
};

/// Lion: Chen et al., "Symbolic discovery of optimization algorithms", 2023. For each parameter p with gradient g:
///
///     p -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay p)    m = beta2 m + (1 - beta2) g
///
/// The paper takes a learning rate 3 to 10 times smaller than AdamW's, and a weight_decay larger by as much. The sign
/// of NaN is NaN. ValueError for options out of their range.
template <Scalar T>
class Lion : public Optimizer<T> {
 public:
  /// May be changed between steps: `optimizer.options.lr = 1e-4` sets the learning rate.
  LionOptions options;

  explicit Lion(const std::vector<Variable<T>>& parameters, const LionOptions& o = {})
      : Lion(detail::numbered(parameters), o) {}
  explicit Lion(const NamedParameters<T>& parameters, const LionOptions& o = {})
      : Optimizer<T>("Lion", parameters), options(o), exp_avg_(this->zeros()) {
    options.check_values();
  }

  /// Its state, for a checkpoint: options, and of each parameter `exp_avg` behind the parameter's name, or its number
  /// if the optimizer was given parameters without names.
  template <class F>
  void visit(F&& f) {
    f("lr", options.lr), f("beta1", options.beta1), f("beta2", options.beta2), f("weight_decay", options.weight_decay);
    for (std::size_t i = 0; i < exp_avg_.size(); ++i) f(this->name_of(i) + ".exp_avg", exp_avg_[i]);
  }

  /// Changes every parameter that has a gradient.
  void step() {
    options.check_values();
    const auto scalar = [](double x) { return static_cast<T>(x); };
    const kernels::LionStep<T> s{.lr = scalar(options.lr),
                                 .beta1 = scalar(options.beta1),
                                 .one_minus_beta1 = scalar(1 - options.beta1),
                                 .beta2 = scalar(options.beta2),
                                 .one_minus_beta2 = scalar(1 - options.beta2),
                                 .decay = scalar(1 - options.lr * options.weight_decay)};
    kernels::ArrayList<kernels::LionArray<T>> arrays(this->parameters().size());
    this->each_with_gradient([&](std::size_t i, const Variable<T>& parameter) {
      arrays.push_back({.n = parameter.numel(),
                        .gradient = parameter.grad().data(),
                        .parameter = parameter.writable().data(),
                        .exp_avg = exp_avg_[i].data()});
    });
    kernels::lion<T>(arrays, s);
  }

 private:
  std::vector<Tensor<T>> exp_avg_;
};

}  // namespace latent::optim
