#pragma once

#include "latent/optim/optimizer.hpp"

namespace latent::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;

  void check_values() const {
    check<ValueError>(lr >= 0 && momentum >= 0 && weight_decay >= 0,
                      "SGD: lr, momentum and weight_decay must be at least 0, got lr ", lr, ", momentum ", momentum,
                      ", weight_decay ", weight_decay);
    check<ValueError>(!nesterov || (momentum > 0 && dampening == 0),
                      "SGD: Nesterov needs a momentum and no dampening, got momentum ", momentum, " and dampening ",
                      dampening);
  }
};

/// Stochastic gradient descent with momentum (Sutskever et al., 2013). As torch.optim.SGD; ValueError for options out
/// of their range.
template <Scalar T>
class SGD : public Optimizer<T> {
 public:
  /// May be changed between steps, the learning rate for example.
  SGDOptions options;

  explicit SGD(std::vector<Variable<T>> parameters, const SGDOptions& o = {})
      : Optimizer<T>("SGD", std::move(parameters)), options(o), velocity_(this->parameters().size()) {
    options.check_values();
  }

  /// Changes every parameter that has a gradient.
  void step() {
    options.check_values();
    const auto number = [](double x) { return static_cast<T>(x); };
    const kernels::SgdStep<T> s{.lr = number(options.lr),
                                .momentum = number(options.momentum),
                                .dampening = number(options.dampening),
                                .weight_decay = number(options.weight_decay),
                                .nesterov = options.nesterov};
    kernels::sgd<T>(this->arrays([this](std::size_t i, kernels::OptimizedArray<T>& array) {
      if (options.momentum == 0) return;
      array.begins = !velocity_[i].defined();
      if (array.begins) velocity_[i] = Tensor<T>::uninitialized(this->parameters()[i].shape());
      array.first = velocity_[i].data();
    }),
                    s);
  }

 private:
  std::vector<Tensor<T>> velocity_;
};

}  // namespace latent::optim
