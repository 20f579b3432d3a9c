#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/prelu.hpp"

namespace latent {

/// y = x where x > 0, else weight x    x [.., C], weight [1] or [C] -> y [.., C]
/// ShapeError if the shapes do not fit. As torch.nn.functional.prelu, with the channels last.
template <Scalar T>
Variable<T> prelu(const Variable<T>& x, const Variable<T>& weight) {
  const Index channels = x.shape().rank() ? x.size(-1) : 1;
  check<ShapeError>(weight.shape() == Shape{1} || (channels > 0 && weight.shape() == Shape{channels}), "prelu: weight ",
                    weight.shape(), " does not fit x ", x.shape(), ", expected [1] or [", channels, "]");
  const Index n = x.numel(), columns = weight.numel();
  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::prelu(n, columns, x.value().data(), weight.value().data(), y.data());
  return Variable<T>::result("prelu", std::move(y), {x, weight},
                             [x, weight, xv = x.value(), wv = weight.value(), n, columns](const Tensor<T>& dy) {
                               const auto dx = x.grad_target(), dw = weight.grad_target();
                               kernels::prelu_backward(n, columns, dy.data(), xv.data(), wv.data(), dx, dw);
                             });
}

namespace nn {

/// ValueError for less than one parameter.
struct PReLUOptions {
  Index parameters = 1;  ///< 1 for all channels, or one for each
  double init = 0.25;    ///< what they begin with

  constexpr void check_values() const {
    check<ValueError>(parameters >= 1, "PReLU: parameters must be at least 1, got ", parameters);
  }
  /// [.., C] -> [.., C]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(parameters == 1 || (x.rank() >= 1 && x.size(-1) == parameters), "PReLU: x ", x,
                      " does not fit, expected x [.., ", parameters, "]");
    return x;
  }
};

/// y = x where x > 0, else weight x, with a learned slope for all or one per channel    x [.., C]; weight [1] or [C]
/// He et al., "Delving deep into rectifiers", 2015. As torch.nn.PReLU, with the channels last.
template <Scalar T = float>
struct PReLU {
  PReLUOptions options;
  Variable<T> weight;

  explicit PReLU(const PReLUOptions& o = {}) : options(o) {
    options.check_values();
    weight = Variable<T>(Tensor<T>::full({options.parameters}, static_cast<T>(options.init)), true);
  }

  Variable<T> operator()(const Variable<T>& x) const { return prelu(x, weight); }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
  }
};

}  // namespace nn
}  // namespace latent
