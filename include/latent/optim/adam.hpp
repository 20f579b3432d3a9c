#pragma once

#include <cmath>

#include "latent/optim/optimizer.hpp"

namespace latent::optim {

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;

  void check_values(const char* name) const {
    const auto in_unit = [](double x) { return x >= 0 && x < 1; };
    check<ValueError>(lr >= 0 && eps >= 0 && weight_decay >= 0 && in_unit(beta1) && in_unit(beta2), name,
                      ": lr, eps and weight_decay must be at least 0 and the betas in [0, 1), got lr ", lr, ", eps ",
                      eps, ", weight_decay ", weight_decay, ", betas ", beta1, " and ", beta2);
  }
};

namespace detail {

/// Adam, and AdamW if the weight decay is decoupled from the gradient.
template <Scalar T, bool Decoupled>
class AdamBase : public Optimizer<T> {
 public:
  /// May be changed between steps, the learning rate for example.
  AdamOptions options;

  /// Changes every parameter that has a gradient.
  void step() {
    options.check_values(name());
    const auto number = [](double x) { return static_cast<T>(x); };
    const kernels::AdamStep<T> s{
        .rest1 = number(1 - options.beta1),
        .beta2 = number(options.beta2),
        .rest2 = number(1 - options.beta2),
        .eps = number(options.eps),
        .weight_decay = number(Decoupled ? 0 : options.weight_decay),
        .shrink = number(Decoupled ? 1 - options.lr * options.weight_decay : 1),
    };
    kernels::adam<T>(this->arrays([&](std::size_t i, kernels::OptimizedArray<T>& array) {
      const auto steps = static_cast<double>(++steps_[i]);
      array.first = first_[i].data();
      array.second = second_[i].data();
      array.rate = number(options.lr / (1 - std::pow(options.beta1, steps)));
      array.root_scale = number(1 / std::sqrt(1 - std::pow(options.beta2, steps)));
    }),
                     s);
  }

 protected:
  AdamBase(std::vector<Variable<T>> parameters, const AdamOptions& o)
      : Optimizer<T>(name(), std::move(parameters)),
        options(o),
        steps_(this->parameters().size()),
        first_(this->zeros()),
        second_(this->zeros()) {
    options.check_values(name());
  }

 private:
  static constexpr const char* name() { return Decoupled ? "AdamW" : "Adam"; }

  std::vector<Index> steps_;  // of each parameter, for those without a gradient are passed over
  std::vector<Tensor<T>> first_, second_;
};

}  // namespace detail

/// Adam: Kingma and Ba, "Adam: a method for stochastic optimization", 2015. The weight decay is added to the
/// gradient. As torch.optim.Adam; ValueError for options out of their range.
template <Scalar T>
class Adam : public detail::AdamBase<T, false> {
 public:
  explicit Adam(std::vector<Variable<T>> parameters, const AdamOptions& options = {})
      : detail::AdamBase<T, false>(std::move(parameters), options) {}
};

/// AdamW: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. Every step multiplies the parameters
/// by 1 - lr weight_decay. As torch.optim.AdamW, but for the default weight_decay, which is 0 here and 0.01 there.
template <Scalar T>
class AdamW : public detail::AdamBase<T, true> {
 public:
  explicit AdamW(std::vector<Variable<T>> parameters, const AdamOptions& options = {})
      : detail::AdamBase<T, true>(std::move(parameters), options) {}
};

}  // namespace latent::optim
