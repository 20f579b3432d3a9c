#pragma once

#include "latent/kernels/rmsprop.hpp"
#include "latent/optim/optimizer.hpp"

namespace latent::optim {

/// ValueError for values out of their range.
struct RMSpropOptions {
  double lr = 1e-2;     ///< learning rate, at least 0, finite
  double alpha = 0.99;  ///< how much of the mean of squares stays from step to step, [0, 1]
  double eps = 1e-8;    ///< added to the root of that, at least 0, finite; not so small that it is 0 in the scalar type
  double weight_decay = 0;  ///< at least 0, finite
  double momentum = 0;      ///< how much of the last change stays from step to step, at least 0, finite
  bool centered = false;    ///< divides by the root of the variance instead

  void check_values() const {
    check<ValueError>(detail::is_rate(lr) && detail::is_rate(eps) && detail::is_rate(weight_decay) &&
                          detail::is_rate(momentum) && alpha >= 0 && alpha <= 1,
                      "RMSprop: lr, eps, weight_decay and momentum must be at least 0 and finite, and alpha in [0, 1], "
                      "got lr ",
                      lr, ", eps ", eps, ", weight_decay ", weight_decay, ", momentum ", momentum, ", alpha ", alpha);
  }
};

/// RMSprop: Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012; centered as in Graves,
/// "Generating sequences with recurrent neural networks", 2013. For each parameter p with gradient g:
///
///     g += weight_decay p    v = alpha v + (1 - alpha) g^2    a = alpha a + (1 - alpha) g
///     b = momentum b + g / (sqrt(v) + eps), or g / (sqrt(v - a^2) + eps) if centered    p -= lr b
///
/// As torch.optim.RMSprop, but a v - a^2 that rounding takes below 0 is 0, not NaN. ValueError for options out of their
/// range.
template <Scalar T>
class RMSprop : public Optimizer<T> {
 public:
  /// May be changed between steps: `optimizer.options.lr = 1e-4` sets the learning rate.
  RMSpropOptions options;

  explicit RMSprop(const std::vector<Variable<T>>& parameters, const RMSpropOptions& o = {})
      : RMSprop(detail::numbered(parameters), o) {}
  explicit RMSprop(const NamedParameters<T>& parameters, const RMSpropOptions& o = {})
      : Optimizer<T>("RMSprop", parameters),
        options(o),
        square_avg_(this->zeros()),
        grad_avg_(square_avg_.size()),
        momentum_buffer_(square_avg_.size()) {
    check_options();
  }

  /// Its state, for a checkpoint: options, and of each parameter `square_avg`, `grad_avg` if it has made a centered
  /// step and `momentum_buffer` if it has made one with momentum, as PyTorch names them, behind the parameter's name,
  /// or its number if the optimizer was given parameters without names.
  template <class F>
  void visit(F&& f) {
    f("lr", options.lr), f("alpha", options.alpha), f("eps", options.eps), f("weight_decay", options.weight_decay);
    f("momentum", options.momentum), f("centered", options.centered);
    for (std::size_t i = 0; i < square_avg_.size(); ++i) {
      const std::string name = this->name_of(i);
      const Shape& shape = square_avg_[i].shape();
      f(name + ".square_avg", square_avg_[i]), f(name + ".grad_avg", grad_avg_[i], shape);
      f(name + ".momentum_buffer", momentum_buffer_[i], shape);
    }
  }

  /// Changes every parameter that has a gradient.
  void step() {
    check_options();
    const auto scalar = [](double x) { return static_cast<T>(x); };
    const kernels::RmspropStep<T> s{.lr = scalar(options.lr),
                                    .alpha = scalar(options.alpha),
                                    .one_minus_alpha = scalar(1 - options.alpha),
                                    .eps = scalar(options.eps),
                                    .weight_decay = scalar(options.weight_decay),
                                    .momentum = scalar(options.momentum)};
    kernels::ArrayList<kernels::RmspropArray<T>> arrays(this->parameters().size());
    this->each_with_gradient([&](std::size_t i, const Variable<T>& parameter) {
      const auto state = [&](bool wanted, Tensor<T>& x) -> T* {
        if (!wanted) return nullptr;
        if (!x.defined()) x = Tensor<T>(parameter.shape());
        return x.data();
      };
      arrays.push_back({.n = parameter.numel(),
                        .gradient = parameter.grad().data(),
                        .parameter = parameter.writable().data(),
                        .square_avg = square_avg_[i].data(),
                        .grad_avg = state(options.centered, grad_avg_[i]),
                        .momentum_buffer = state(options.momentum != 0, momentum_buffer_[i])});
    });
    kernels::rmsprop<T>(arrays, s);
  }

 private:
  void check_options() const {
    options.check_values();
    detail::check_eps<T>("RMSprop", options.eps);
  }

  std::vector<Tensor<T>> square_avg_, grad_avg_, momentum_buffer_;
};

}  // namespace latent::optim
