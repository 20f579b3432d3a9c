#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/gemm_both.hpp"
#include "latent/kernels/gemm_weights.hpp"
#include "latent/kernels/reduce.hpp"
#include "latent/nn/activation.hpp"
#include "latent/nn/init.hpp"

namespace latent {

/// y = activation(x W^T + b)    x [.., In], weight [Out, In], bias [Out] or undefined -> y [.., Out]
/// ShapeError if the shapes do not fit. As torch.nn.functional.linear, and an activation in the same pass.
template <Scalar T>
Variable<T> linear(const Variable<T>& x, const Variable<T>& weight, const Variable<T>& bias = {},
                   Activation activation = Activation::none) {
  using kernels::Gemm;
  using kernels::MatrixView;
  const auto [out, in] = weight.shape().template sizes<2>("linear: weight [Out, In]");
  check<ShapeError>(x.shape().rank() >= 1 && x.size(-1) == in, "linear: x ", x.shape(), " does not fit weight ",
                    weight.shape(), ", expected x [N, ", in, "]");
  detail::check_bias("linear", bias, out);
  const Index n = x.shape().with(-1, 1).numel();

  auto y = Tensor<T>::uninitialized(x.shape().with(-1, out));
  kernels::gemm_weights(n, out, in, MatrixView<T>{x.value().data(), in}, MatrixView<T>{weight.value().data(), 1, in},
                        y.data(), out, {.bias = bias ? bias.value().data() : nullptr, .activation = activation});
  return Variable<T>::result(
      "linear", y, {x, weight, bias},
      [x, weight, bias, xv = x.value(), wv = weight.value(), y = activation == Activation::none ? Tensor<T>() : y,
       activation, n, in = in, out = out](const Tensor<T>& dy) {
        auto through = activation == Activation::none ? Tensor<T>() : Tensor<T>::uninitialized(dy.shape());
        kernels::bias_activation_backward(activation, n, out, dy.data(), y.data(), through.data(), bias.grad_target());
        const MatrixView<T> dz{through.defined() ? through.data() : dy.data(), out};
        const auto dx = x.grad_target(), dw = weight.grad_target();
        Gemm<T> to_x, to_weight;
        if (dx)  // dx (+)= dz W
          to_x = Gemm<T>(n, in, out, dz, MatrixView<T>{wv.data(), in}, dx.data, in, {dx.mode});
        if (dw)  // dW (+)= dz^T x
          to_weight = Gemm<T>(out, in, n, dz.transposed(), MatrixView<T>{xv.data(), in}, dw.data, in, {dw.mode});
        if (dx && dx.data == dw.data) {  // one variable is both: its two gradients are added one after the other
          kernels::gemm(to_x);
          kernels::gemm(to_weight);
        } else {
          kernels::gemm_both(to_x, to_weight);
        }
      });
}

namespace nn {

/// ValueError for sizes below 1.
struct LinearOptions {
  Index in = 0;   ///< features
  Index out = 0;  ///< features
  bool bias = true;

  constexpr void check_values() const {
    check<ValueError>(in >= 1 && out >= 1, "Linear: in and out must be at least 1, got in ", in, " and out ", out);
  }
  /// [.., In] -> [.., Out]
  constexpr Shape output_shape(const Shape& x) const {
    check_values();
    check<ShapeError>(x.rank() >= 1 && x.size(-1) == in, "Linear: x ", x, " does not fit, expected x [N, ", in, "]");
    return x.with(-1, out);
  }
};

/// y = x W^T + b    x [.., In] -> y [.., Out]; weight [Out, In], bias [Out]
/// Both begin uniform in +-1 / sqrt(In). As torch.nn.Linear.
template <Scalar T = float>
struct Linear {
  LinearOptions options;
  Variable<T> weight, bias;

  /// ValueError for sizes below 1.
  [[gnu::cold]] Linear(const LinearOptions& o, Rng& rng) : options(o) {
    options.check_values();
    weight = uniform_parameter<T>({options.out, options.in}, options.in, rng);
    if (options.bias) bias = uniform_parameter<T>({options.out}, options.in, rng);
  }

  Variable<T> operator()(const Variable<T>& x, Activation activation = Activation::none) const {
    return linear(x, weight, bias, activation);
  }
  constexpr Shape output_shape(const Shape& x) const { return options.output_shape(x); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
    f("bias", bias);
  }
};

}  // namespace nn
}  // namespace latent
