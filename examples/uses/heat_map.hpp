#pragma once

#include <latent/core/tensor.hpp>

namespace uses {

using namespace latent;

/// Where an image [H, W, C] is anomalous: its lightness, and over it what smoothed errors [H, W] are above those of
/// normal images, from yellow to red, which begins at four times `normal`. Small images are enlarged. For write_png.
Tensor<float> heat_map(const Tensor<float>& image, const Tensor<float>& errors, double normal);

}  // namespace uses
