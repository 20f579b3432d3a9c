#pragma once

#include <type_traits>

#include "latent/nn/reduction.hpp"

namespace latent {

namespace detail {

/// A loss is a function of two numbers, and the derivative to the first, which is that to the second with its sign
/// changed.
template <Scalar T>
struct SquaredDifference {
  static constexpr auto loss = [](auto a, auto b) { return (a - b) * (a - b); };
  static constexpr auto derivative = [](T scale, auto d, auto a, auto b) { return T(2) * scale * (a - b) * d; };
};

template <Scalar T>
struct AbsoluteDifference {
  static constexpr auto loss = [](auto a, auto b) { return a > b ? a - b : b - a; };
  static constexpr auto derivative = [](T scale, auto d, auto a, auto b) {
    const decltype(a) zero{};
    const auto step = scale * d;
    const auto downwards = a < b ? zero - step : zero;
    return a > b ? zero + step : downwards;
  };
};

/// y = scale * sum over i of f(a_i, b_i), with da += da_of(scale, dy, a, b) and db -= the same.
template <Scalar T, class F, class D>
Variable<T> difference_loss(const char* name, const Variable<T>& a, const Variable<T>& b, Reduction reduction, F f,
                            D da_of) {
  check_target(name, a.shape(), b.shape());
  const Index n = a.numel();
  const T scale = reduction == Reduction::mean ? T(1) / static_cast<T>(n) : T(1);
  const double total = kernels::sum_of(n, f, a.value().data(), b.value().data());
  auto y = Tensor<T>::full({}, static_cast<T>(total * static_cast<double>(scale)));
  return Variable<T>::result(
      name, std::move(y), {a, b}, [a, b, av = a.value(), bv = b.value(), scale, da_of](const Tensor<T>& dy) {
        const T d = dy.item();
        const auto write = [&](const kernels::Target<T>& to, T signed_d) {
          if (to)
            kernels::map(
                av.numel(), to.data, to.mode,
                [&](auto left, auto right) { return da_of(scale, signed_d, left, right); }, av.data(), bv.data());
        };
        write(a.grad_target(), d);
        write(b.grad_target(), -d);
      });
}

/// y_i = f(a_i, b_i)
template <Scalar T, class F, class D>
Variable<T> difference_losses(const char* name, const Variable<T>& a, const Variable<T>& b, F f, D da_of) {
  check_target(name, a.shape(), b.shape());
  const auto negative = [da_of](T scale, const auto& d, const auto& left, const auto& right) {
    return da_of(scale, -d, left, right);
  };
  return pointwise_loss(name, Reduction::none, f, std::tuple{da_of, negative}, a, b);
}

}  // namespace detail

/// mean of (input - target)^2, equal shapes; ShapeError for others. The target may be a tensor.
/// As torch.nn.functional.mse_loss.
template <Scalar T>
Variable<T> mse_loss(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target) {
  using Loss = detail::SquaredDifference<T>;
  return detail::difference_loss("mse_loss", input, target, Reduction::mean, Loss::loss, Loss::derivative);
}

/// The same, their sum, or each of them, [..].
template <Scalar T>
Variable<T> mse_loss(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target, Reduction reduction) {
  using Loss = detail::SquaredDifference<T>;
  if (reduction == Reduction::none)
    return detail::difference_losses("mse_loss", input, target, Loss::loss, Loss::derivative);
  return detail::difference_loss("mse_loss", input, target, reduction, Loss::loss, Loss::derivative);
}

/// mean of |input - target|, equal shapes, with derivative 0 where they are equal; ShapeError for other shapes. The
/// target may be a tensor. As torch.nn.functional.l1_loss.
template <Scalar T>
Variable<T> l1_loss(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target) {
  using Loss = detail::AbsoluteDifference<T>;
  return detail::difference_loss("l1_loss", input, target, Reduction::mean, Loss::loss, Loss::derivative);
}

/// The same, their sum, or each of them, [..].
template <Scalar T>
Variable<T> l1_loss(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target, Reduction reduction) {
  using Loss = detail::AbsoluteDifference<T>;
  if (reduction == Reduction::none)
    return detail::difference_losses("l1_loss", input, target, Loss::loss, Loss::derivative);
  return detail::difference_loss("l1_loss", input, target, reduction, Loss::loss, Loss::derivative);
}

/// KL(normal(mean, exp(log_variance)) || normal(0, 1)) in nats, summed over the latent units and averaged over the
/// batch: 1/N sum of (mean^2 + exp(log_variance) - 1 - log_variance) / 2
/// mean, log_variance [N, Z] -> scalar; ShapeError for other shapes. Kingma and Welling, "Auto-encoding variational
/// Bayes", 2014, appendix B.
template <Scalar T>
Variable<T> kl_unit_normal(const Variable<T>& mean, const Variable<T>& log_variance) {
  check<ShapeError>(mean.shape() == log_variance.shape() && mean.shape().rank() == 2, "kl_unit_normal: mean ",
                    mean.shape(), " does not fit log_variance ", log_variance.shape(), ", expected both [N, Z]");
  const T scale = T(1) / static_cast<T>(mean.size(0));
  const double total = kernels::sum_of(
      mean.numel(), [](auto m, auto v) { return T(0.5) * (m * m + kernels::exp<T>(v) - T(1) - v); },
      mean.value().data(), log_variance.value().data());
  auto y = Tensor<T>::full({}, static_cast<T>(total * static_cast<double>(scale)));
  return Variable<T>::result(
      "kl_unit_normal", std::move(y), {mean, log_variance},
      [mean, log_variance, mv = mean.value(), lv = log_variance.value(), scale](const Tensor<T>& dy) {
        const T d = dy.item() * scale;
        if (const auto dm = mean.grad_target())
          kernels::map(
              mv.numel(), dm.data, dm.mode, [d](auto m) { return d * m; }, mv.data());
        if (const auto dl = log_variance.grad_target())
          kernels::map(
              lv.numel(), dl.data, dl.mode, [d](auto v) { return T(0.5) * d * (kernels::exp<T>(v) - T(1)); },
              lv.data());
      });
}

}  // namespace latent
