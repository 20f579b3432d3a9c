#pragma once

#include "latent/kernels/nadam.hpp"
#include "latent/optim/adam.hpp"

namespace latent::optim {

/// ValueError for values out of their range.
struct RAdamOptions {
  double lr = 1e-3;      ///< learning rate, at least 0, finite
  double beta1 = 0.9;    ///< how much of the mean of gradients stays from step to step, [0, 1)
  double beta2 = 0.999;  ///< the same for the mean of their squares, [0, 1)
  double eps = 1e-8;  ///< added to the root of that, at least 0, finite; not so small that it is 0 in the scalar type
  double weight_decay = 0;              ///< at least 0, finite
  bool decoupled_weight_decay = false;  ///< shrinks the parameter as AdamW does, instead of adding to the gradient

  /// Those that it shares with Adam.
  AdamOptions adam() const {
    return {.lr = lr, .beta1 = beta1, .beta2 = beta2, .eps = eps, .weight_decay = weight_decay};
  }
  void check_values() const { adam().check_values("RAdam"); }
};

/// RAdam: Liu et al., "On the variance of the adaptive learning rate and beyond", 2020. For each parameter p with
/// gradient g, in its own step number t:
///
///     g += weight_decay p, or before that p *= 1 - lr weight_decay if decoupled
///     m = beta1 m + (1 - beta1) g    v = beta2 v + (1 - beta2) g^2
///     r = 2 / (1 - beta2) - 1    r_t = r - 2 t beta2^t / (1 - beta2^t)
///     p -= lr m / (1 - beta1^t), where r_t > 5 times
///          sqrt((r_t - 4) (r_t - 2) r / ((r - 4) (r - 2) r_t)) sqrt(1 - beta2^t) / (sqrt(v) + eps)
///
/// As torch.optim.RAdam; ValueError for options out of their range.
template <Scalar T>
class RAdam : public Optimizer<T> {
 public:
  /// May be changed between steps: `optimizer.options.lr = 1e-4` sets the learning rate.
  RAdamOptions options;

  explicit RAdam(const std::vector<Variable<T>>& parameters, const RAdamOptions& o = {})
      : RAdam(detail::numbered(parameters), o) {}
  explicit RAdam(const NamedParameters<T>& parameters, const RAdamOptions& o = {})
      : Optimizer<T>("RAdam", parameters),
        options(o),
        steps_(this->parameters().size()),
        exp_avg_(this->zeros()),
        exp_avg_sq_(this->zeros()) {
    check_options();
  }

  /// Its state, for a checkpoint: options, and of each parameter `step`, `exp_avg` and `exp_avg_sq`, as PyTorch names
  /// them, behind the parameter's name, or its number if the optimizer was given parameters without names.
  template <class F>
  void visit(F&& f) {
    f("lr", options.lr), f("beta1", options.beta1), f("beta2", options.beta2), f("eps", options.eps);
    f("weight_decay", options.weight_decay), f("decoupled_weight_decay", options.decoupled_weight_decay);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::string name = this->name_of(i);
      this->visit_step(f, i, steps_[i]);
      f(name + ".exp_avg", exp_avg_[i]), f(name + ".exp_avg_sq", exp_avg_sq_[i]);
    }
  }

  /// Changes every parameter that has a gradient.
  void step() {
    check_options();
    const auto scalar = [](double x) { return static_cast<T>(x); };
    const kernels::AdamStep<T> s = detail::adam_step<T>(options.adam(), options.decoupled_weight_decay);
    kernels::ArrayList<kernels::RadamArray<T>> arrays(this->parameters().size());
    this->each_with_gradient([&](std::size_t i, const Variable<T>& parameter) {
      const auto steps = static_cast<double>(++steps_[i]);
      const double rectification = rectification_at(steps);
      kernels::RadamArray<T> array{};
      array.n = parameter.numel();
      array.gradient = parameter.grad().data();
      array.parameter = parameter.writable().data();
      array.exp_avg = exp_avg_[i].data();
      array.exp_avg_sq = exp_avg_sq_[i].data();
      array.rectified = rectification > 0;
      array.step_size =
          scalar(options.lr / (1 - std::pow(options.beta1, steps)) * (array.rectified ? rectification : 1));
      arrays.push_back(array);
    });
    kernels::radam<T>(arrays, s);
  }

 private:
  void check_options() const {
    options.check_values();
    detail::check_eps<T>("RAdam", options.eps);
  }

  /// What the step is multiplied by, but for sqrt(v); 0 while the variance of 1 / sqrt(v) cannot be told.
  double rectification_at(double step) const {
    const double power = std::pow(options.beta2, step);
    const double most = 2 / (1 - options.beta2) - 1, length = most - 2 * step * power / (1 - power);
    if (!(length > 5)) return 0;
    return std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length) * (1 - power));
  }

  std::vector<Index> steps_;  // of each parameter, for those without a gradient are passed over
  std::vector<Tensor<T>> exp_avg_, exp_avg_sq_;
};

}  // namespace latent::optim
