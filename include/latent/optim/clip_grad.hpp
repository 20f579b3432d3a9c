#pragma once

#include <cmath>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/clip_grad.hpp"

namespace latent::optim {

namespace detail {

template <class T>
using GradientArrays = std::vector<kernels::GradientArray<T>, memory::Allocator<kernels::GradientArray<T>>>;

/// What f gives for each parameter that has a gradient, each once, however often it is given.
template <Scalar T, class F>
auto arrays_of_gradients(const std::vector<Variable<T>>& parameters, F pointer) {
  GradientArrays<std::remove_pointer_t<decltype(pointer(parameters[0]))>> arrays;
  arrays.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto is_same = [&](const Variable<T>& other) { return other.identity() == parameters[i].identity(); };
    const auto here = parameters.begin() + static_cast<std::ptrdiff_t>(i);
    if (!parameters[i].grad().defined() || std::any_of(parameters.begin(), here, is_same)) continue;
    arrays.push_back({parameters[i].numel(), pointer(parameters[i])});
  }
  return arrays;
}

/// The gradients to change in place; those that share their elements take their own.
template <Scalar T>
GradientArrays<T> writable_gradients(const std::vector<Variable<T>>& parameters) {
  return arrays_of_gradients(parameters, [](const Variable<T>& parameter) { return parameter.grad_target().data; });
}

}  // namespace detail

/// Scales all gradients by the same factor, so that their norm is at most max_norm, and returns the norm that they had;
/// between backward() and step():
///
///     norm = (sum of |g|^norm_type over all elements of all gradients)^(1 / norm_type), the largest |g| for infinity
///     g *= min(1, max_norm / (norm + 1e-6))
///
/// Pascanu et al., "On the difficulty of training recurrent neural networks", 2013. As torch.nn.utils.clip_grad_norm_,
/// but the norm is a sum in double. max_norm is at least 0, norm_type above 0; else ValueError. A norm that is NaN
/// makes all gradients NaN, an infinite one makes finite gradients 0; with error_if_nonfinite both are a ValueError,
/// and gradients stay.
template <Scalar T>
[[gnu::noinline]] double clip_grad_norm(const std::vector<Variable<T>>& parameters, double max_norm,
                                        double norm_type = 2, bool error_if_nonfinite = false) {
  check<ValueError>(max_norm >= 0, "clip_grad_norm: max_norm must be at least 0, got ", max_norm);
  check<ValueError>(norm_type > 0, "clip_grad_norm: norm_type must be above 0, got ", norm_type);
  const auto gradients =
      detail::arrays_of_gradients(parameters, [](const Variable<T>& parameter) { return parameter.grad().data(); });
  const double norm = kernels::norm_of_all<T>(gradients, norm_type);
  check<ValueError>(!error_if_nonfinite || std::isfinite(norm), "clip_grad_norm: the norm of the gradients is ", norm);
  const double factor = max_norm / (norm + 1e-6);
  if (!(factor >= 1)) kernels::scale_all<T>(detail::writable_gradients(parameters), static_cast<T>(factor));
  return norm;
}

/// Takes every element of every gradient into [-value, value]; NaN stays. As torch.nn.utils.clip_grad_value_;
/// ValueError unless value is at least 0.
template <Scalar T>
[[gnu::noinline]] void clip_grad_value(const std::vector<Variable<T>>& parameters, double value) {
  check<ValueError>(value >= 0, "clip_grad_value: value must be at least 0, got ", value);
  kernels::clamp_all<T>(detail::writable_gradients(parameters), static_cast<T>(value));
}

}  // namespace latent::optim
