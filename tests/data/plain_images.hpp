#pragma once

#include "../reference.hpp"

// Pictures of one value each, and what is found of them in a data set.

namespace plain_images {

using namespace latent;

/// A picture [H, W] of one value, a whole number of 255ths.
inline Tensor<float> plain(Index h, Index w, int value) {
  return Tensor<float>::full({h, w}, static_cast<float>(value) / 255);
}

/// The first pixel of each image.
inline std::vector<int> firsts(const data::ImageDataset& set) {
  std::vector<int> result;
  for (Index i = 0; i < set.size(); ++i) result.push_back(set.images(i, 0, 0));
  return result;
}

}  // namespace plain_images
