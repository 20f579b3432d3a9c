#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/kernels/log1p.hpp"
#include "latent/nn/reduction.hpp"

namespace latent {

/// Of binary_cross_entropy.
template <Scalar T>
struct BinaryCrossEntropyOptions {
  Tensor<T> weight = {};  ///< of the losses, a shape that broadcasts to theirs; undefined for ones
  Reduction reduction = Reduction::mean;
};

/// Of binary_cross_entropy_with_logits.
template <Scalar T>
struct BinaryCrossEntropyWithLogitsOptions {
  Tensor<T> weight = {};  ///< of the losses, a shape that broadcasts to theirs; undefined for ones
  Reduction reduction = Reduction::mean;
  Tensor<T> pos_weight = {};  ///< of targets of 1, likewise: often one for each class, [C]
};

namespace detail {

/// ValueError if one is not in [0, 1].
template <Scalar T>
[[gnu::noinline]] void check_probabilities(const char* loss, const char* name, const Tensor<T>& x) {
  using kernels::Vector;
  const double outside = kernels::sum_of(
      x.numel(),
      [](const Vector<T>& v) {
        const auto inside = (v >= T(0)) & (v <= T(1));
        return inside ? Vector<T>{} : Vector<T>{} + T(1);
      },
      x.data());
  if (outside == 0) return;
  Index i = 0;
  while (x.data()[i] >= 0 && x.data()[i] <= 1) ++i;
  fail<ValueError>(loss, ": ", name, " ", place_of(x.shape(), i), " is ", x.data()[i], ", expected 0 to 1");
}

/// A weight repeated to a shape, or ones if it is undefined; ShapeError if it does not broadcast to it.
template <Scalar T>
[[gnu::noinline]] Variable<T> repeated_weight(const char* loss, const char* name, const Tensor<T>& weight,
                                              const Shape& shape) {
  if (!weight.defined()) return Tensor<T>::full(shape, T(1));
  bool fits = weight.rank() <= shape.rank();
  kernels::Loops<2> loops;
  for (Index axis = 0; fits && axis < shape.rank(); ++axis) {
    fits = is_repeated(weight.shape(), shape, axis) || weight.size(axis - shape.rank()) == shape[axis];
    loops.append(shape[axis], {shape.stride(axis), broadcast_stride(weight.shape(), shape, axis)});
  }
  check<ShapeError>(fits, loss, ": ", name, " ", weight.shape(), " does not broadcast to input ", shape);
  auto result = Tensor<T>::uninitialized(shape);
  kernels::copy_strided(loops, {result.data()}, weight.data());
  return result;
}

/// v times the weights, if there are any.
template <class V, class... W>
V weighted(const V& v, const W&... weights) {
  return (v * ... * weights);
}

}  // namespace detail

/// -(target log(input) + (1 - target) log(1 - input)) weight, logarithms at least -100, reduced.
/// input and target, probabilities of equal shapes; ShapeError for others, ValueError for what is not in [0, 1].
/// As torch.nn.functional.binary_cross_entropy.
template <Scalar T>
Variable<T> binary_cross_entropy(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target,
                                 const std::type_identity_t<BinaryCrossEntropyOptions<T>>& options = {}) {
  constexpr const char* name = "binary_cross_entropy";
  detail::check_target(name, input.shape(), target.shape());
  detail::check_probabilities(name, "input", input.value());
  detail::check_probabilities(name, "target", target.value());
  const auto loss = [](const auto& x, const auto& t, const auto&... w) {
    const kernels::Vector<T> least = kernels::Vector<T>{} - T(100);
    const auto log_x = kernels::log<T>(x), log_rest = kernels::log1p<T>(-x);
    const auto bounded = log_x < least ? least : log_x, bounded_rest = log_rest < least ? least : log_rest;
    return detail::weighted((t - T(1)) * bounded_rest - t * bounded, w...);
  };
  const std::tuple derivatives{[](T scale, const auto& dy, const auto& x, const auto& t, const auto&... w) {
                                 const kernels::Vector<T> least =
                                     kernels::Vector<T>{} + T(1e-12f);  // a float in PyTorch
                                 const auto variance = (T(1) - x) * x;
                                 const auto slope = dy * (x - t) / (variance < least ? least : variance);
                                 return scale * detail::weighted(slope, w...);
                               },
                               [](T scale, const auto& dy, const auto& x, const auto&, const auto&... w) {
                                 const auto slope = dy * (kernels::log1p<T>(-x) - kernels::log<T>(x));
                                 return scale * detail::weighted(slope, w...);
                               }};
  if (!options.weight.defined())
    return detail::pointwise_loss(name, options.reduction, loss, derivatives, input, target);
  return detail::pointwise_loss(name, options.reduction, loss, derivatives, input, target,
                                detail::repeated_weight(name, "weight", options.weight, input.shape()));
}

/// The same of sigmoid(input), where no logit is too large: weight ((1 - target) input + (1 + (pos_weight - 1) target)
/// log(1 + exp(-input))), reduced.
/// input, logits, and target, of equal shapes; ShapeError for others. As
/// torch.nn.functional.binary_cross_entropy_with_logits.
template <Scalar T>
Variable<T> binary_cross_entropy_with_logits(
    const Variable<T>& input, const std::type_identity_t<Variable<T>>& target,
    const std::type_identity_t<BinaryCrossEntropyWithLogitsOptions<T>>& options = {}) {
  constexpr const char* name = "binary_cross_entropy_with_logits";
  detail::check_target(name, input.shape(), target.shape());
  // log(1 + exp(-x)), which is -log sigmoid(x)
  constexpr auto softplus = [](const auto& x) {
    const kernels::Vector<T> zero{};
    return kernels::log1p<T>(kernels::exp_nonpositive<T>(x > zero ? -x : x)) - (x < zero ? x : zero);
  };
  if (!options.weight.defined() && !options.pos_weight.defined())
    return detail::pointwise_loss(
        name, options.reduction, [=](const auto& x, const auto& t) { return (T(1) - t) * x + softplus(x); },
        std::tuple{[](T scale, const auto& dy, const auto& x, const auto& t) {
                     return scale * (dy * (kernels::sigmoid<T>(x) - t));
                   },
                   [](T scale, const auto& dy, const auto& x, const auto&) { return scale * (dy * -x); }},
        input, target);
  return detail::pointwise_loss(
      name, options.reduction,
      [=](const auto& x, const auto& t, const auto& w, const auto& p) {
        return w * ((T(1) - t) * x + (T(1) + (p - T(1)) * t) * softplus(x));
      },
      std::tuple{[](T scale, const auto& dy, const auto& x, const auto& t, const auto& w, const auto& p) {
                   const auto positive =
                       kernels::opaque<T>(p * t);  // by itself, so that it overflows where PyTorch's does
                   return scale * (dy * w * ((positive + T(1) - t) * kernels::sigmoid<T>(x) - positive));
                 },
                 [=](T scale, const auto& dy, const auto& x, const auto&, const auto& w, const auto& p) {
                   return scale * (dy * w * (p * softplus(x) - softplus(-x)));
                 }},
      input, target, detail::repeated_weight(name, "weight", options.weight, input.shape()),
      detail::repeated_weight(name, "pos_weight", options.pos_weight, input.shape()));
}

}  // namespace latent
