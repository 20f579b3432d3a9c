#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/nn/reduction.hpp"

namespace latent {

/// As Reduction; batchmean is the sum divided by the size of the first axis, which is the divergence of a batch.
enum class KlDivReduction { mean, batchmean, sum, none };

/// Of kl_div.
struct KlDivOptions {
  KlDivReduction reduction = KlDivReduction::mean;  ///< as PyTorch's default, which is not the divergence of a batch
  bool log_target = false;                          ///< whether the target holds logarithms of probabilities too
};

/// target (log(target) - input), where 0 log(0) is 0, reduced; exp(target) (target - input) with log_target.
/// input, logarithms of probabilities, and target, of equal shapes; ShapeError for others. Its sum is the
/// Kullback-Leibler divergence of the input from the target. As torch.nn.functional.kl_div.
template <Scalar T>
Variable<T> kl_div(const Variable<T>& input, const std::type_identity_t<Variable<T>>& target,
                   const KlDivOptions& options = {}) {
  detail::check_target("kl_div", input.shape(), target.shape());
  const bool batchmean = options.reduction == KlDivReduction::batchmean;
  const Reduction reduction = options.reduction == KlDivReduction::none   ? Reduction::none
                              : options.reduction == KlDivReduction::mean ? Reduction::mean
                                                                          : Reduction::sum;
  const auto loss = [&] {
    if (options.log_target)
      return detail::pointwise_loss(
          "kl_div", reduction, [](const auto& x, const auto& t) { return kernels::exp<T>(t) * (t - x); },
          std::tuple{
              [](T scale, const auto& dy, const auto&, const auto& t) { return -scale * dy * kernels::exp<T>(t); },
              [](T scale, const auto& dy, const auto& x, const auto& t) {
                // Scaled first, so that it overflows where PyTorch's does.
                const auto g = scale * dy, p = kernels::exp<T>(t);
                return g * (t - x) * p + g * p;
              }},
          input, target);
    return detail::pointwise_loss(
        "kl_div", reduction,
        [](const auto& x, const auto& t) {
          const auto entropy = t == T(0) ? t : t * kernels::log<T>(t);
          return entropy - t * x;
        },
        std::tuple{[](T scale, const auto& dy, const auto&, const auto& t) { return -scale * dy * t; },
                   // t / t makes it NaN at 0, where the slope is infinite, as in PyTorch.
                   [](T scale, const auto& dy, const auto& x, const auto& t) {
                     const auto g = scale * dy;
                     // Products by themselves, so that they overflow where PyTorch's do.
                     return kernels::opaque<T>(g * kernels::log<T>(t)) + g * t / t - kernels::opaque<T>(g * x);
                   }},
        input, target);
  }();
  return batchmean && input.shape().rank() > 0 ? loss / static_cast<T>(input.size(0)) : loss;
}

}  // namespace latent
