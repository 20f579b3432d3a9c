#pragma once

#include <concepts>
#include <type_traits>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/cross_entropy.hpp"
#include "latent/nn/reduction.hpp"

namespace latent {

/// Of nll_loss.
template <Scalar T>
struct NllLossOptions {
  Tensor<T> weight = {};      ///< of each class, [C]; undefined for ones
  Index ignore_index = -100;  ///< targets of this number are left out
  Reduction reduction = Reduction::mean;
};

/// Of cross_entropy. ValueError for a label_smoothing outside [0, 1].
template <Scalar T>
struct CrossEntropyOptions {
  Tensor<T> weight = {};      ///< of each class, [C]; undefined for ones
  Index ignore_index = -100;  ///< targets of this number are left out
  Reduction reduction = Reduction::mean;
  double label_smoothing = 0;  ///< the share of each target that is spread evenly over all classes
};

namespace detail {

/// The shape of the losses, [..] for logits [.., C]; ShapeError if these or the weight do not fit.
[[gnu::noinline]] inline Shape check_classes(const char* loss, const Shape& x, const Shape* weight) {
  check<ShapeError>(x.rank() >= 1 && x.size(-1) >= 1, loss, ": input ", x,
                    " does not fit, expected [.., C] with C at least 1");
  check<ShapeError>(!weight || *weight == Shape{x.size(-1)}, loss, ": weight ", weight ? *weight : Shape{},
                    " does not fit input ", x, ", expected [", x.size(-1), "]");
  return x.without(-1);
}

/// The class of each row, -1 where it is ignored; ShapeError or ValueError for what is no class of logits x.
template <std::integral Integer>
[[gnu::noinline]] Tensor<Index> labels_of(const char* loss, const Tensor<Integer>& target, const Shape& x,
                                          Index ignore_index) {
  check<ShapeError>(target.shape() == x.without(-1), loss, ": target ", target.shape(), " does not fit input ", x,
                    ", expected class indices ", x.without(-1));
  auto labels = Tensor<Index>::uninitialized(target.shape());
  Index* const to = labels.data();
  for (Index i = 0; i < target.numel(); ++i) {
    const auto label = static_cast<Index>(target.data()[i]);
    to[i] = label == ignore_index ? -1 : label;
    if (label == ignore_index || (0 <= label && label < x.size(-1))) [[likely]]
      continue;
    fail<ValueError>(loss, ": target ", place_of(target.shape(), i), " is ", label, ", expected 0 to ", x.size(-1) - 1,
                     ", or ", ignore_index, " to be ignored");
  }
  return labels;
}

/// The weights of all that are not ignored, by which a mean divides.
template <Scalar T>
double weight_of(const Tensor<Index>& labels, const Tensor<T>& weight) {
  double total = 0;
  for (const Index label : labels.elements())
    if (label >= 0) total += weight.defined() ? static_cast<double>(weight.data()[label]) : 1;
  return total;
}

/// Logits, with places [2, Rows] for what the backward needs of them.
template <Scalar T>
kernels::CrossEntropyLogits<T> logits_of(const Tensor<T>& x, const Tensor<T>& weight, double smoothing, T* reduced) {
  const Index classes = x.size(-1), rows = x.numel() / classes;
  return {rows, classes, x.data(), weight.data(), static_cast<T>(smoothing), reduced, reduced + rows};
}

template <Scalar T>
void check_options(const Shape& x, const CrossEntropyOptions<T>& o) {
  check_classes("cross_entropy", x, o.weight.defined() ? &o.weight.shape() : nullptr);
  check<ValueError>(o.label_smoothing >= 0 && o.label_smoothing <= 1,
                    "cross_entropy: label_smoothing must be in [0, 1], got ", o.label_smoothing);
}

}  // namespace detail

/// loss = -weight[t] log softmax(input)[t] for class t, reduced; with label_smoothing s it is (1 - s) times that and
/// s / C times the sum over all classes.
/// input, logits [.., C]; target, class indices [..] of any integer type -> scalar, or [..] without reduction
///
/// A mean divides by the sum of the targets' weights, and is NaN if all are ignored.
/// ShapeError for shapes that do not fit, ValueError for a target that is no class or a label_smoothing outside [0, 1].
/// As torch.nn.functional.cross_entropy, where the classes are the second axis.
template <Scalar T, std::integral Integer>
Variable<T> cross_entropy(const Variable<T>& input, const Tensor<Integer>& target,
                          const std::type_identity_t<CrossEntropyOptions<T>>& options = {}) {
  detail::check_options(input.shape(), options);
  const Tensor<T> x = input.value(), weight = options.weight;
  const Tensor<Index> labels = detail::labels_of("cross_entropy", target, x.shape(), options.ignore_index);
  auto reduced = Tensor<T>::uninitialized({2, labels.numel()});
  auto losses = Tensor<T>::uninitialized(labels.shape());
  const auto logits = detail::logits_of(x, weight, options.label_smoothing, reduced.data());
  kernels::cross_entropy(logits, labels.data(), losses.data());
  const bool mean = options.reduction == Reduction::mean;
  const double count = mean ? detail::weight_of(labels, weight) : 1;
  return Variable<T>::result(
      "cross_entropy", detail::reduced(options.reduction, std::move(losses), count), {input},
      [input, x, weight, labels, reduced, logits, count,
       each = options.reduction == Reduction::none](const Tensor<T>& dy) {
        if (const auto dx = input.grad_target())
          kernels::cross_entropy_backward(logits, labels.data(), {dy.data(), each, static_cast<T>(1 / count)}, dx);
      });
}

/// loss = -sum over c of weight[c] q[c] log softmax(input)[c], q = (1 - s) target + s / C with label_smoothing s,
/// reduced.
/// input, logits, and target, probabilities, both [.., C] -> scalar, or [..] without reduction
///
/// A mean divides by the number of losses. Errors as above, and ValueError for an ignore_index, which only class
/// indices have. As torch.nn.functional.cross_entropy with probabilities, where the classes are the second axis.
template <Scalar T>
Variable<T> cross_entropy(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target,
                          const std::type_identity_t<CrossEntropyOptions<T>>& options = {}) {
  detail::check_options(input.shape(), options);
  check<ShapeError>(target.shape() == input.shape(), "cross_entropy: probabilities ", target.shape(),
                    " do not fit input ", input.shape());
  check<ValueError>(options.ignore_index < 0, "cross_entropy: ignore_index ", options.ignore_index,
                    " given with probabilities, expected class indices");
  const Tensor<T> x = input.value(), p = target.value(), weight = options.weight;
  auto losses = Tensor<T>::uninitialized(x.shape().without(-1));
  auto reduced = Tensor<T>::uninitialized({2, losses.numel()});
  const auto logits = detail::logits_of(x, weight, options.label_smoothing, reduced.data());
  kernels::cross_entropy(logits, p.data(), losses.data());
  const double count = options.reduction == Reduction::mean ? static_cast<double>(losses.numel()) : 1;
  return Variable<T>::result(
      "cross_entropy", detail::reduced(options.reduction, std::move(losses), count), {input, target},
      [input, target, x, p, weight, reduced, logits, count,
       each = options.reduction == Reduction::none](const Tensor<T>& dy) {
        const auto dx = input.grad_target(), dp = target.grad_target();
        if (dx || dp)
          kernels::cross_entropy_backward(logits, p.data(), {dy.data(), each, static_cast<T>(1 / count)}, dx, dp);
      });
}

/// loss = -weight[t] input[t] for class t, reduced.
/// input, logarithms of probabilities [.., C]; target, class indices [..] of any integer type -> scalar,
/// or [..] without reduction
///
/// A mean divides by the sum of the targets' weights, and is NaN if all are ignored. ShapeError for
/// shapes that do not fit, ValueError for a target that is no class. As torch.nn.functional.nll_loss, where the classes
/// are the second axis; cross_entropy does this and log_softmax in one pass.
template <Scalar T, std::integral Integer>
Variable<T> nll_loss(const Variable<T>& input, const Tensor<Integer>& target,
                     const std::type_identity_t<NllLossOptions<T>>& options = {}) {
  const Tensor<T> weight = options.weight;
  const Shape shape = detail::check_classes("nll_loss", input.shape(), weight.defined() ? &weight.shape() : nullptr);
  const Tensor<Index> labels = detail::labels_of("nll_loss", target, input.shape(), options.ignore_index);
  const Index classes = input.size(-1);
  const auto weight_for = [=](Index label) { return weight.defined() ? weight.data()[label] : T(1); };
  Tensor<T> losses(shape);
  T* const loss = losses.data();
  for (Index i = 0; i < labels.numel(); ++i)
    if (const Index label = labels.data()[i]; label >= 0)
      loss[i] = -input.value().data()[i * classes + label] * weight_for(label);
  const double count = options.reduction == Reduction::mean ? detail::weight_of(labels, weight) : 1;
  return Variable<T>::result("nll_loss", detail::reduced(options.reduction, std::move(losses), count), {input},
                             [input, labels, weight_for, classes, scale = static_cast<T>(1 / count),
                              each = options.reduction == Reduction::none](const Tensor<T>& dy) {
                               if (T* const dx = input.grad_data())
                                 for (Index i = 0; i < labels.numel(); ++i)
                                   if (const Index label = labels.data()[i]; label >= 0)
                                     dx[i * classes + label] -= weight_for(label) * scale * dy.data()[each ? i : 0];
                             });
}

}  // namespace latent
