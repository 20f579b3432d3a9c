#pragma once

#include <latent/data/dataset.hpp>
#include <vector>

// What the pictures of the programs for own images share.

namespace uses {

using namespace latent;

/// Indices of the first image of each of the first ten classes that have one, or of the first ten of a single class.
std::vector<Index> images_to_show(const data::ImageDataset& set);

/// An image [H, W, C] made smaller by averaging squares of pixels, as far as it takes for both sides to be at most
/// `side`.
Tensor<float> shrunk(const Tensor<float>& image, Index side);

}  // namespace uses
