#pragma once

#include <cmath>

#include "latent/optim/optimizer.hpp"

namespace latent::optim {

/// ValueError for values out of their range.
struct SGDOptions {
  double lr = 1e-3;         ///< learning rate, at least 0, finite
  double momentum = 0;      ///< how much of the velocity stays from step to step, at least 0, finite
  double dampening = 0;     ///< part of the gradient that the velocity does not take, finite
  double weight_decay = 0;  ///< at least 0, finite
  bool nesterov = false;    ///< steps along the velocity to come; needs a momentum and no dampening

  void check_values() const {
    check<ValueError>(
        detail::is_rate(lr) && detail::is_rate(momentum) && detail::is_rate(weight_decay) && std::isfinite(dampening),
        "SGD: lr, momentum and weight_decay must be at least 0, and all finite, got lr ", lr, ", momentum ", momentum,
        ", weight_decay ", weight_decay, ", dampening ", dampening);
    check<ValueError>(!nesterov || (momentum > 0 && dampening == 0),
                      "SGD: Nesterov needs a momentum and no dampening, got momentum ", momentum, " and dampening ",
                      dampening);
  }
};

/// Stochastic gradient descent with momentum (Sutskever et al., "On the importance of initialization and momentum in
/// deep learning", 2013). For each parameter p with gradient g, where the velocity v begins as g:
///
///     g += weight_decay p    v = momentum v + (1 - dampening) g    p -= lr (v, or g + momentum v with nesterov)
///
/// As torch.optim.SGD; ValueError for options out of their range.
template <Scalar T>
class SGD : public Optimizer<T> {
 public:
  /// May be changed between steps: `optimizer.options.lr = 1e-4` sets the learning rate.
  SGDOptions options;

  explicit SGD(const std::vector<Variable<T>>& parameters, const SGDOptions& o = {})
      : SGD(detail::numbered(parameters), o) {}
  explicit SGD(const NamedParameters<T>& parameters, const SGDOptions& o = {})
      : Optimizer<T>("SGD", parameters), options(o), velocity_(this->parameters().size()) {
    options.check_values();
  }

  /// Its state, for a checkpoint: options, and of each parameter that has made a step with momentum its
  /// `momentum_buffer`, as PyTorch names it, behind the parameter's name, or its number if the optimizer was given
  /// parameters without names.
  template <class F>
  void visit(F&& f) {
    f("lr", options.lr), f("momentum", options.momentum), f("dampening", options.dampening);
    f("weight_decay", options.weight_decay), f("nesterov", options.nesterov);
    for (std::size_t i = 0; i < velocity_.size(); ++i)
      f(this->name_of(i) + ".momentum_buffer", velocity_[i], this->parameters()[i].shape());
  }

  /// Changes every parameter that has a gradient.
  void step() {
    options.check_values();
    const auto scalar = [](double x) { return static_cast<T>(x); };
    const kernels::SgdStep<T> s{.lr = scalar(options.lr),
                                .momentum = scalar(options.momentum),
                                .dampening = scalar(options.dampening),
                                .weight_decay = scalar(options.weight_decay),
                                .nesterov = options.nesterov};
    kernels::ArrayList<kernels::SgdArray<T>> arrays(this->parameters().size());
    this->each_with_gradient([&](std::size_t i, const Variable<T>& parameter) {
      const bool first_step = options.momentum != 0 && !velocity_[i].defined();
      if (first_step) velocity_[i] = Tensor<T>::uninitialized(parameter.shape());
      arrays.push_back({.n = parameter.numel(),
                        .gradient = parameter.grad().data(),
                        .parameter = parameter.writable().data(),
                        .velocity = options.momentum != 0 ? velocity_[i].data() : nullptr,
                        .first_step = first_step});
    });
    kernels::sgd<T>(arrays, s);
  }

 private:
  std::vector<Tensor<T>> velocity_;
};

}  // namespace latent::optim
