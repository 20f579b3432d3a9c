#pragma once

#include <cmath>

#include "latent/optim/optimizer.hpp"

namespace latent::optim {

/// ValueError for values out of their range.
struct AdamOptions {
  double lr = 1e-3;      ///< learning rate, at least 0, finite
  double beta1 = 0.9;    ///< how much of the mean of gradients stays from step to step, [0, 1)
  double beta2 = 0.999;  ///< the same for the mean of their squares, [0, 1)
  double eps = 1e-8;  ///< added to the root of that, at least 0, finite; not so small that it is 0 in the scalar type
  double weight_decay = 0;  ///< at least 0, finite
  bool amsgrad = false;  ///< divides by the root of the largest mean of squares so far, for steps that never grow again

  void check_values(const char* name) const {
    const auto in_unit = [](double x) { return x >= 0 && x < 1; };
    check<ValueError>(detail::is_rate(lr) && detail::is_rate(eps) && detail::is_rate(weight_decay) && in_unit(beta1) &&
                          in_unit(beta2),
                      name,
                      ": lr, eps and weight_decay must be at least 0 and finite, and the betas in [0, 1), got lr ", lr,
                      ", eps ", eps, ", weight_decay ", weight_decay, ", betas ", beta1, " and ", beta2);
  }
};

namespace detail {

/// What a step has in common for all parameters.
template <Scalar T>
kernels::AdamStep<T> adam_step(const AdamOptions& o, bool decoupled) {
  const auto scalar = [](double x) { return static_cast<T>(x); };
  return {.one_minus_beta1 = scalar(1 - o.beta1),
          .beta2 = scalar(o.beta2),
          .one_minus_beta2 = scalar(1 - o.beta2),
          .eps = scalar(o.eps),
          .weight_decay = scalar(decoupled ? 0 : o.weight_decay),
          .decay = scalar(decoupled ? 1 - o.lr * o.weight_decay : 1),
          .amsgrad = o.amsgrad};
}

/// Adam, and AdamW if the weight decay is decoupled from the gradient.
template <Scalar T, bool Decoupled>
class AdamBase : public Optimizer<T> {
 public:
  /// May be changed between steps: `optimizer.options.lr = 1e-4` sets the learning rate.
  AdamOptions options;

  /// Its state, for a checkpoint: options, and of each parameter `step`, `exp_avg` and `exp_avg_sq`, as PyTorch names
  /// them, behind the parameter's name, or its number if the optimizer was given parameters without names;
  /// with amsgrad, which is not saved itself, `max_exp_avg_sq` too.
  template <class F>
  void visit(F&& f) {
    f("lr", options.lr), f("beta1", options.beta1), f("beta2", options.beta2), f("eps", options.eps);
    f("weight_decay", options.weight_decay);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::string name = this->name_of(i);
      this->visit_step(f, i, steps_[i]);
      f(name + ".exp_avg", exp_avg_[i]), f(name + ".exp_avg_sq", exp_avg_sq_[i]);
      if (options.amsgrad) f(name + ".max_exp_avg_sq", max_exp_avg_sq(i));
    }
  }

  /// Changes every parameter that has a gradient.
  void step() {
    check_options();
    const auto scalar = [](double x) { return static_cast<T>(x); };
    const kernels::AdamStep<T> s = adam_step<T>(options, Decoupled);
    kernels::ArrayList<kernels::AdamArray<T>> arrays(this->parameters().size());
    this->each_with_gradient([&](std::size_t i, const Variable<T>& parameter) {
      const auto steps = static_cast<double>(++steps_[i]);
      arrays.push_back({.n = parameter.numel(),
                        .gradient = parameter.grad().data(),
                        .parameter = parameter.writable().data(),
                        .exp_avg = exp_avg_[i].data(),
                        .exp_avg_sq = exp_avg_sq_[i].data(),
                        .step_size = scalar(options.lr / (1 - std::pow(options.beta1, steps))),
                        .inv_sqrt_bias_correction2 = scalar(1 / std::sqrt(1 - std::pow(options.beta2, steps))),
                        .max_exp_avg_sq = options.amsgrad ? max_exp_avg_sq(i).data() : nullptr});
    });
    kernels::adam<T>(arrays, s);
  }

 protected:
  /// For Adam and AdamW. ValueError as of them.
  AdamBase(const NamedParameters<T>& parameters, const AdamOptions& o)
      : Optimizer<T>(name(), parameters),
        options(o),
        steps_(this->parameters().size()),
        exp_avg_(this->zeros()),
        exp_avg_sq_(this->zeros()) {
    check_options();
  }

 private:
  void check_options() const {
    options.check_values(name());
    check_eps<T>(name(), options.eps);
  }

  // Programs without amsgrad have this too, so it is kept small.
  [[gnu::cold, gnu::noinline]] Tensor<T>& max_exp_avg_sq(std::size_t i) {
    while (exp_avg_sq_.size() < 2 * steps_.size())
      exp_avg_sq_.emplace_back(exp_avg_sq_[exp_avg_sq_.size() - steps_.size()].shape());
    return exp_avg_sq_[steps_.size() + i];
  }

  static constexpr const char* name() { return Decoupled ? "AdamW" : "Adam"; }

  std::vector<Index> steps_;                     // of each parameter, for those without a gradient are passed over
  std::vector<Tensor<T>> exp_avg_, exp_avg_sq_;  // with amsgrad the latter has the largest of each at its end
};

}  // namespace detail

/// Adam: Kingma and Ba, "Adam: a method for stochastic optimization", 2015. For each parameter p with gradient g, in
/// its own step number t:
///
///     g += weight_decay p    m = beta1 m + (1 - beta1) g    v = beta2 v + (1 - beta2) g^2
///     p -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)
///
/// With amsgrad (Reddi et al., "On the convergence of Adam and beyond", 2018) the last line has the largest v so far.
/// As torch.optim.Adam; ValueError for options out of their range.
template <Scalar T>
class Adam : public detail::AdamBase<T, false> {
 public:
  explicit Adam(const std::vector<Variable<T>>& parameters, const AdamOptions& o = {})
      : Adam(detail::numbered(parameters), o) {}
  explicit Adam(const NamedParameters<T>& parameters, const AdamOptions& o = {})
      : detail::AdamBase<T, false>(parameters, o) {}
};

/// AdamW: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. Adam without weight decay in the
/// gradient, but before each step p *= 1 - lr weight_decay. As torch.optim.AdamW, but for the default weight_decay,
/// which is 0 here and 0.01 there.
template <Scalar T>
class AdamW : public detail::AdamBase<T, true> {
 public:
  explicit AdamW(const std::vector<Variable<T>>& parameters, const AdamOptions& o = {})
      : AdamW(detail::numbered(parameters), o) {}
  explicit AdamW(const NamedParameters<T>& parameters, const AdamOptions& o = {})
      : detail::AdamBase<T, true>(parameters, o) {}
};

}  // namespace latent::optim
