#pragma once

#include "latent/kernels/nadam.hpp"
#include "latent/optim/adam.hpp"

namespace latent::optim {

/// ValueError for values out of their range.
struct NAdamOptions {
  double lr = 2e-3;      ///< learning rate, at least 0, finite
  double beta1 = 0.9;    ///< how much of the mean of gradients stays from step to step, [0, 1)
  double beta2 = 0.999;  ///< the same for the mean of their squares, [0, 1)
  double eps = 1e-8;  ///< added to the root of that, at least 0, finite; not so small that it is 0 in the scalar type
  double weight_decay = 0;              ///< at least 0, finite
  double momentum_decay = 4e-3;         ///< how fast the momentum grows to beta1, at least 0, finite
  bool decoupled_weight_decay = false;  ///< shrinks the parameter as AdamW does, instead of adding to the gradient

  /// Those that it shares with Adam.
  AdamOptions adam() const {
    return {.lr = lr, .beta1 = beta1, .beta2 = beta2, .eps = eps, .weight_decay = weight_decay};
  }
  void check_values() const {
    adam().check_values("NAdam");
    check<ValueError>(detail::is_rate(momentum_decay), "NAdam: momentum_decay must be at least 0 and finite, got ",
                      momentum_decay);
  }
};

/// NAdam: Dozat, "Incorporating Nesterov momentum into Adam", 2016. For each parameter p with gradient g, in its own
/// step number t:
///
///     g += weight_decay p, or before that p *= 1 - lr weight_decay if decoupled
///     m = beta1 m + (1 - beta1) g    v = beta2 v + (1 - beta2) g^2
///     mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)    mu_product = mu_1 .. mu_t
///     p -= lr ((1 - mu_t) g / (1 - mu_product) + mu_(t+1) m / (1 - mu_product mu_(t+1)))
///          / (sqrt(v / (1 - beta2^t)) + eps)
///
/// As torch.optim.NAdam; ValueError for options out of their range.
template <Scalar T>
class NAdam : public Optimizer<T> {
 public:
  /// May be changed between steps: `optimizer.options.lr = 1e-4` sets the learning rate.
  NAdamOptions options;

  explicit NAdam(const std::vector<Variable<T>>& parameters, const NAdamOptions& o = {})
      : NAdam(detail::numbered(parameters), o) {}
  explicit NAdam(const NamedParameters<T>& parameters, const NAdamOptions& o = {})
      : Optimizer<T>("NAdam", parameters),
        options(o),
        steps_(this->parameters().size()),
        mu_product_(steps_.size(), 1.0),
        exp_avg_(this->zeros()),
        exp_avg_sq_(this->zeros()) {
    check_options();
  }

  /// Its state, for a checkpoint: options, and of each parameter `step`, `mu_product`, `exp_avg` and `exp_avg_sq`, as
  /// PyTorch names them, behind the parameter's name, or its number if the optimizer was given parameters without
  /// names.
  template <class F>
  void visit(F&& f) {
    f("lr", options.lr), f("beta1", options.beta1), f("beta2", options.beta2), f("eps", options.eps);
    f("weight_decay", options.weight_decay), f("momentum_decay", options.momentum_decay);
    f("decoupled_weight_decay", options.decoupled_weight_decay);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::string name = this->name_of(i);
      this->visit_step(f, i, steps_[i]);
      f(name + ".mu_product", mu_product_[i]), f(name + ".exp_avg", exp_avg_[i]);
      f(name + ".exp_avg_sq", exp_avg_sq_[i]);
    }
  }

  /// Changes every parameter that has a gradient.
  void step() {
    check_options();
    const auto scalar = [](double x) { return static_cast<T>(x); };
    const kernels::AdamStep<T> s = detail::adam_step<T>(options.adam(), options.decoupled_weight_decay);
    kernels::ArrayList<kernels::NadamArray<T>> arrays(this->parameters().size());
    this->each_with_gradient([&](std::size_t i, const Variable<T>& parameter) {
      const auto steps = static_cast<double>(++steps_[i]);
      const double mu = momentum_at(steps), next = momentum_at(steps + 1);
      const double product = mu_product_[i] *= mu;
      kernels::NadamArray<T> array{};
      array.n = parameter.numel();
      array.gradient = parameter.grad().data();
      array.parameter = parameter.writable().data();
      array.exp_avg = exp_avg_[i].data();
      array.exp_avg_sq = exp_avg_sq_[i].data();
      array.gradient_size = scalar(options.lr * (1 - mu) / (1 - product));
      array.step_size = scalar(options.lr * next / (1 - product * next));
      array.inv_sqrt_bias_correction2 = scalar(1 / std::sqrt(1 - std::pow(options.beta2, steps)));
      arrays.push_back(array);
    });
    kernels::nadam<T>(arrays, s);
  }

 private:
  void check_options() const {
    options.check_values();
    detail::check_eps<T>("NAdam", options.eps);
  }

  double momentum_at(double step) const {
    return options.beta1 * (1 - 0.5 * std::pow(0.96, step * options.momentum_decay));
  }

  std::vector<Index> steps_;  // of each parameter, for those without a gradient are passed over
  std::vector<double> mu_product_;
  std::vector<Tensor<T>> exp_avg_, exp_avg_sq_;
};

}  // namespace latent::optim
