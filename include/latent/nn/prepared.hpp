#pragma once

#include <memory>

#include "latent/kernels/packed_weights_table.hpp"
#include "latent/nn/parameters.hpp"
#include "latent/nn/training.hpp"

namespace latent::nn {

/// A model as it is now, for answers that are wanted fast: its weights are packed for the kernels once instead of in
/// each call, which small batches gain most by.
///
///     const nn::Prepared prepared(model, Shape{1, 784});
///     const Variable<float> y = prepared(x);  // x [1, 784]
///
/// It evaluates, without gradients. Training the model further does not change it: it has a clone() of the model, which
/// shares the memory of parameters until they change. What is packed takes about as much again. Threads may share one.
///
/// What it gives has the same bits as what the model gives, unless a Linear meets up to four rows: then the sums have
/// another order, and may differ by rounding.
///
/// What is packed is for products of float: while matmul_precision() is bfloat16 it is not used, and each call packs.
///
/// ValueError as of clone(), and whatever the model throws.
template <class Model>
class Prepared {
 public:
  /// For calls with such arguments: a Shape stands for zeros of float, anything else for itself. The model runs once.
  template <class... X>
  requires(sizeof...(X) > 0) explicit Prepared(const Model& model, const X&... x)
      : model_(clone(model)), weights_(std::make_unique<kernels::PackedWeightsTable>()) {
    each_parameter(model_, [this]<class T>(const ParameterName&, const Variable<T>& parameter) {
      auto owner = std::make_shared<const Tensor<T>>(parameter.value());
      weights_->hold(owner->data(), owner);
    });
    add(x...);
  }

  /// For calls with such arguments as well, while no other thread uses it. Convolutions need it for each size of
  /// images, no layer for each number of them. Other inputs are right all the same, and what they need is packed in
  /// each call.
  template <class... X>
  void add(const X&... x) {
    const kernels::PackedWeightsTable::Filled filled(*weights_);
    const latent::detail::ComputesNarrow as_float(nullptr);
    (*this)(input(x)...);
  }

  /// What the model gives.
  template <class... X>
  auto operator()(const X&... x) const {
    const NoGrad no_grad;
    const Evaluation mode;
    const kernels::PackedWeights::Shown shown(*weights_);
    return model_(x...);
  }

 private:
  static Variable<float> input(const Shape& shape) { return Tensor<float>(shape); }
  template <class X>
  static const X& input(const X& x) {
    return x;
  }

  Model model_;
  std::unique_ptr<kernels::PackedWeightsTable> weights_;
};

template <class Model, class... X>
Prepared(const Model&, const X&...) -> Prepared<Model>;

}  // namespace latent::nn
