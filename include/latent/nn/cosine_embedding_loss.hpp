#pragma once

#include "latent/autograd/reduce.hpp"
#include "latent/nn/reduction.hpp"

namespace latent {

/// Of cosine_embedding_loss.
struct CosineEmbeddingLossOptions {
  double margin = 0;  ///< the cosine up to which vectors count as different
  Reduction reduction = Reduction::mean;
};

/// 1 - cos for targets of 1 (the vectors shall be alike) and max(0, cos - margin) for -1 (they shall not), reduced,
/// where cos = x1 x2 / sqrt((x1 x1 + 1e-12) (x2 x2 + 1e-12)).
/// input1, input2 [N, D], target [N] of any type -> scalar, or [N] without reduction; or [D], [D], []. ShapeError for
/// other shapes, ValueError for other targets. As torch.nn.functional.cosine_embedding_loss.
template <Scalar T, class Y>
Variable<T> cosine_embedding_loss(const Variable<T>& input1, const std::type_identity_t<Variable<T>>& input2,
                                  const Tensor<Y>& target, const CosineEmbeddingLossOptions& options = {}) {
  const Shape& shape = input1.shape();
  check<ShapeError>(
      (shape.rank() == 1 || shape.rank() == 2) && input2.shape() == shape && target.shape() == shape.without(-1),
      "cosine_embedding_loss: input1 ", shape, ", input2 ", input2.shape(), " and target ", target.shape(),
      " do not fit, expected [N, D], [N, D] and [N]");
  for (Index i = 0; i < target.numel(); ++i)
    check<ValueError>(target.data()[i] == Y(1) || target.data()[i] == static_cast<Y>(-1),
                      "cosine_embedding_loss: target ", detail::place_of(target.shape(), i), " is ", target.data()[i],
                      ", expected 1 or -1");
  const T eps = T(1e-12f);  // a float in PyTorch
  const Variable<T> cosine =
      sum(input1 * input2, -1) / sqrt((sum(input1 * input1, -1) + eps) * (sum(input2 * input2, -1) + eps));
  return detail::pointwise_loss(
      "cosine_embedding_loss", options.reduction,
      [margin = static_cast<T>(options.margin)](const auto& c, const auto& y) {
        const auto above = c - margin;
        const auto different = above < T(0) ? kernels::Vector<T>{} : above;
        return y > T(0) ? T(1) - c : different;
      },
      std::tuple{[margin = static_cast<T>(options.margin)](T scale, const auto& dy, const auto& c, const auto& y) {
        const auto g = scale * dy;
        const auto different = c < margin ? kernels::Vector<T>{} : g;
        return y > T(0) ? -g : different;
      }},
      cosine, Variable<T>(target.template cast<T>()));
}

}  // namespace latent
