#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/softmax.hpp"

namespace latent {

namespace detail {

/// Elements before, along and behind one axis.
struct AxisSizes {
  Index outer, n, inner;
};

/// ShapeError, naming the operation, for an axis that does not exist.
inline AxisSizes axis_sizes(const char* operation, const Shape& x, Index axis) {
  const Index along = x.normalize_axis(axis, operation);
  Index outer = 1;
  for (Index before = 0; before < along; ++before) outer *= x[before];
  return {outer, x[along], x.stride(along)};
}

}  // namespace detail

/// y = exp(x) / sum of exp(x) along an axis, which does not overflow; negative axes count from the end. What is minus
/// infinity everywhere along the axis becomes NaN. Any shape with that axis; ShapeError if there is none.
/// As torch.nn.functional.softmax.
template <Scalar T>
Variable<T> softmax(const Variable<T>& x, Index axis = -1) {
  const auto s = detail::axis_sizes("softmax", x.shape(), axis);
  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::softmax(s.outer, s.n, s.inner, x.value().data(), y.data());
  return Variable<T>::result("softmax", y, {x}, [x, y, s](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) kernels::softmax_backward(s.outer, s.n, s.inner, dy.data(), y.data(), dx);
  });
}

/// y = x - log of sum of exp(x) along an axis, the logarithm of softmax, which loses no digits of small probabilities.
/// Any shape with that axis; ShapeError if there is none. As torch.nn.functional.log_softmax.
template <Scalar T>
Variable<T> log_softmax(const Variable<T>& x, Index axis = -1) {
  const auto s = detail::axis_sizes("log_softmax", x.shape(), axis);
  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::log_softmax(s.outer, s.n, s.inner, x.value().data(), y.data());
  return Variable<T>::result("log_softmax", y, {x}, [x, y, s](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) kernels::log_softmax_backward(s.outer, s.n, s.inner, dy.data(), y.data(), dx);
  });
}

namespace nn {

/// Of Softmax and LogSoftmax.
struct SoftmaxOptions {
  Index axis = -1;  ///< PyTorch's dim; negative ones count from the end
};

/// Probabilities along an axis, any shape. As torch.nn.Softmax.
struct Softmax {
  SoftmaxOptions options;

  /// Along the axis of the options; whether x has it is seen when it runs.
  constexpr explicit Softmax(const SoftmaxOptions& o = {}) : options(o) {}

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return softmax(x, options.axis);
  }
  constexpr Shape output_shape(const Shape& x) const {
    x.normalize_axis(options.axis, "Softmax");
    return x;
  }
};

/// Logarithms of probabilities along an axis, any shape. As torch.nn.LogSoftmax.
struct LogSoftmax {
  SoftmaxOptions options;

  /// Along the axis of the options; whether x has it is seen when it runs.
  constexpr explicit LogSoftmax(const SoftmaxOptions& o = {}) : options(o) {}

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return log_softmax(x, options.axis);
  }
  constexpr Shape output_shape(const Shape& x) const {
    x.normalize_axis(options.axis, "LogSoftmax");
    return x;
  }
};

}  // namespace nn
}  // namespace latent
