#pragma once

#include <array>
#include <latent/core/tensor.hpp>

namespace study {

using namespace latent;

/// The two directions of largest variance, and where each of the points [N, K] lies along them.
struct PrincipalComponents {
  Tensor<float> points;              ///< [N, 2]
  std::array<double, 2> share = {};  ///< of the whole variance
};
PrincipalComponents principal_components(const Tensor<float>& points);

}  // namespace study
