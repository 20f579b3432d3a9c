#pragma once

#include "latent/nn/loss.hpp"

/// Losses that are square for small differences and linear for large ones.
namespace latent {

/// ValueError for a delta that is not above 0.
struct HuberLossOptions {
  Reduction reduction = Reduction::mean;
  double delta = 1;  ///< from which difference on the loss is linear
};

/// ValueError for a beta that is not at least 0.
struct SmoothL1LossOptions {
  Reduction reduction = Reduction::mean;
  double beta = 1;  ///< from which difference on the loss is linear; 0 for l1_loss
};

/// d^2 / 2 where |d| < delta, else delta (|d| - delta / 2), of d = input - target, reduced; equal shapes, ShapeError
/// for others. Huber, "Robust estimation of a location parameter", 1964. As torch.nn.functional.huber_loss.
template <Scalar T>
Variable<T> huber_loss(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target,
                       const HuberLossOptions& options = {}) {
  check<ValueError>(options.delta > 0, "huber_loss: delta must be above 0, got ", options.delta);
  detail::check_target("huber_loss", input.shape(), target.shape());
  const auto derivative = [delta = static_cast<T>(options.delta)](T scale, const auto& dy, const auto& a,
                                                                  const auto& b) {
    const auto d = a - b, g = scale * dy, linear = delta * g;
    const auto within = d >= delta ? linear : d * g;
    return d <= -delta ? -linear : within;
  };
  return detail::pointwise_loss(
      "huber_loss", options.reduction,
      [delta = static_cast<T>(options.delta)](const auto& a, const auto& b) {
        const auto distance = a > b ? a - b : b - a;
        return distance < delta ? T(0.5) * distance * distance : delta * (distance - T(0.5) * delta);
      },
      std::tuple{derivative, [derivative](T scale, const auto& dy, const auto& a,
                                          const auto& b) { return derivative(scale, -dy, a, b); }},
      input, target);
}

/// d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, of d = input - target, reduced; equal shapes, ShapeError for
/// others. As torch.nn.functional.smooth_l1_loss.
template <Scalar T>
Variable<T> smooth_l1_loss(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target,
                           const SmoothL1LossOptions& options = {}) {
  check<ValueError>(options.beta >= 0, "smooth_l1_loss: beta must be at least 0, got ", options.beta);
  detail::check_target("smooth_l1_loss", input.shape(), target.shape());
  if (options.beta == 0) return l1_loss(input, target, options.reduction);
  const auto derivative = [beta = static_cast<T>(options.beta)](T scale, const auto& dy, const auto& a, const auto& b) {
    const auto d = a - b, g = scale * dy;
    const auto within = d >= beta ? g : d * g / beta;
    return d <= -beta ? -g : within;
  };
  return detail::pointwise_loss(
      "smooth_l1_loss", options.reduction,
      [beta = static_cast<T>(options.beta)](const auto& a, const auto& b) {
        const auto distance = a > b ? a - b : b - a;
        return distance < beta ? T(0.5) * distance * distance / beta : distance - T(0.5) * beta;
      },
      std::tuple{derivative, [derivative](T scale, const auto& dy, const auto& a,
                                          const auto& b) { return derivative(scale, -dy, a, b); }},
      input, target);
}

}  // namespace latent
