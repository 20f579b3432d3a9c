#pragma once

#include <algorithm>
#include <latent/core/random.hpp>
#include <latent/data/dataset.hpp>

/// Parts of images to learn from.
namespace study {

using namespace latent;

/// Rectangles that are cut out of images, so that a batch of large images takes no more memory than one of small ones.
struct Patches {
  Index side = 0;     ///< pixels, or as many as an image has if that is fewer; 0 for whole images
  Index of_each = 1;  ///< that an epoch has of each image
};

/// Patches at random places, flipped at random to the right, downwards or both, as numbers in [0, 1]: [N, H, W, C].
/// Number i is of image i mod images, and depends on seed, number and epoch alone.
template <Scalar T>
data::ImageBatch<T> random_patches(const data::ImageDataset& set, Index side, std::uint64_t seed,
                                   std::span<const Index> numbers, Index epoch) {
  const Index n = set.size(), h = set.images.size(1), w = set.images.size(2), c = set.channels();
  const Index rows = std::min(side, h), columns = std::min(side, w);
  data::ImageBatch<T> result{Tensor<T>::uninitialized({std::ssize(numbers), rows, columns, c}), {}};
  const std::uint8_t* const all_from = set.images.data();
  T* const all_to = result.images.data();
  parallel_for(std::ssize(numbers), 2 * static_cast<double>(rows * columns * c), [&](Index i) {
    // Loaders take the streams of the epochs, this one those from the other end.
    const auto number = static_cast<std::uint64_t>(numbers[static_cast<std::size_t>(i)]);
    Rng rng(seed, ~(number << 32 | static_cast<std::uint64_t>(epoch)));
    const auto below = [&](Index bound) { return static_cast<Index>(rng.below(static_cast<std::uint32_t>(bound))); };
    const Index top = below(h - rows + 1), left = below(w - columns + 1);
    const bool upside_down = below(2) == 1, mirrored = below(2) == 1;
    const std::uint8_t* const from = all_from + static_cast<Index>(number) % n * h * w * c;
    T* to = all_to + i * rows * columns * c;
    for (Index y = 0; y < rows; ++y)
      for (Index x = 0; x < columns; ++x) {
        const Index row = top + (upside_down ? rows - 1 - y : y), column = left + (mirrored ? columns - 1 - x : x);
        const std::uint8_t* const pixel = from + (row * w + column) * c;
        for (Index channel = 0; channel < c; ++channel) *to++ = static_cast<T>(pixel[channel]) / T(255);
      }
  });
  return result;
}

}  // namespace study
