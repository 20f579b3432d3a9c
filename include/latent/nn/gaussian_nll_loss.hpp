#pragma once

#include <numbers>

#include "latent/autograd/arithmetic.hpp"
#include "latent/autograd/shaping.hpp"
#include "latent/nn/reduction.hpp"

namespace latent {

/// ValueError for an eps that is not at least 0.
struct GaussianNllLossOptions {
  bool full = false;  ///< whether the constant log(2 pi) / 2 is part of the loss
  double eps = 1e-6;  ///< the smallest variance that counts
  Reduction reduction = Reduction::mean;
};

/// (log(v) + (input - target)^2 / v) / 2, the negative log-likelihood of the target under a normal distribution around
/// the input with variance v = max(var, eps), reduced. The gradient of var is that of v, also below eps.
/// input, target [..]; var of the same shape, or with one axis of size 1, or without the last axis. ShapeError for
/// other shapes, ValueError for a negative variance. As torch.nn.functional.gaussian_nll_loss.
template <Scalar T>
Variable<T> gaussian_nll_loss(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target,
                              const std::type_identity_t<Variable<T>>& var,
                              const GaussianNllLossOptions& options = {}) {
  const Shape& shape = input.shape();
  detail::check_target("gaussian_nll_loss", shape, target.shape());
  check<ValueError>(options.eps >= 0, "gaussian_nll_loss: eps must be at least 0, got ", options.eps);
  const bool without_last = shape.rank() > 0 && var.shape() == shape.without(-1) && !(var.shape() == shape);
  const Shape own = without_last ? shape.with(-1, 1) : var.shape();
  Index repeated = 0;
  bool fits = own.rank() == shape.rank();
  for (Index axis = 0; fits && axis < shape.rank(); ++axis)
    if (own[axis] != shape[axis]) fits = own[axis] == 1 && ++repeated == 1;
  check<ShapeError>(fits, "gaussian_nll_loss: var ", var.shape(), " does not fit input ", shape,
                    ", expected the same, one axis of size 1, or no last axis");
  for (Index i = 0; i < var.numel(); ++i)
    check<ValueError>(!(var.value().data()[i] < 0), "gaussian_nll_loss: var ", detail::place_of(var.shape(), i), " is ",
                      var.value().data()[i], ", expected at least 0");
  const auto bounded = [eps = static_cast<T>(options.eps)](const auto& v) {
    return v < eps ? kernels::Vector<T>{} + eps : v;
  };
  const T constant = options.full ? T(0.5) * std::log(T(2) * std::numbers::pi_v<T>) : T(0);
  const auto slope = [=](T scale, const auto& dy, const auto& x, const auto& t, const auto& v) {
    return T(0.5) * scale * dy / bounded(v) * (T(2) * (x - t));
  };
  return detail::pointwise_loss(
      "gaussian_nll_loss", options.reduction,
      [=](const auto& x, const auto& t, const auto& v) {
        return T(0.5) * (kernels::log<T>(bounded(v)) + (x - t) * (x - t) / bounded(v)) + constant;
      },
      std::tuple{slope,
                 [=](T scale, const auto& dy, const auto& x, const auto& t, const auto& v) {
                   return slope(scale, -dy, x, t, v);
                 },
                 [=](T scale, const auto& dy, const auto& x, const auto& t, const auto& v) {
                   const auto inverse = T(1) / bounded(v);
                   return T(0.5) * scale * dy * (inverse - (x - t) * (x - t) * inverse * inverse);
                 }},
      input, target, repeated ? reshape(var, own) + Variable<T>(Tensor<T>(shape)) : var);
}

}  // namespace latent
