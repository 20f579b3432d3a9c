#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "latent/core/parallel.hpp"
#include "latent/core/tensor.hpp"

namespace latent::data {

/// Some images and what they show, the batch of a Loader over an ImageDataset: `cross_entropy(logits, batch.labels)`.
template <Scalar T>
struct ImageBatch {
  Tensor<T> images;             ///< [N, H, W, C], values in [0, 1]
  Tensor<std::uint8_t> labels;  ///< [N], number of the class of each image; undefined if the data set has none

  Index size() const { return images.size(0); }
};

/// Of readers of data sets.
struct ReadOptions {
  Index max_bytes = Index{1} << 30;  ///< that the elements of a data set, unpacked, may take in memory
  Index channels = 0;  ///< of pictures in files: 1 makes all grey, 3 all colour, 0 leaves them as they are
  std::array<std::uint8_t, 3> background = {255, 255, 255};  ///< seen through transparent pixels: red, green, blue
};

/// Images in grey or in colour, and their labels, as bytes.
struct ImageDataset {
  Tensor<std::uint8_t> images;  ///< [N, H, W], which is grey, or [N, H, W, C]
  Tensor<std::uint8_t> labels;  ///< [N], numbers of classes; undefined for images without
  std::vector<std::string> class_names;

  Index size() const { return images.defined() ? images.size(0) : 0; }

  /// Of each pixel: 1 for grey, 3 for red, green and blue.
  Index channels() const { return images.defined() && images.rank() == 4 ? images.size(3) : 1; }

  /// The images of the given numbers, divided by 255. ValueError for a number that does not exist, ShapeError for
  /// images of another rank, and for labels that are not one for each image.
  template <Scalar T = float>
  ImageBatch<T> gather(std::span<const Index> numbers) const {
    const Shape& shape = images.shape();
    check<ShapeError>(shape.rank() == 3 || shape.rank() == 4,
                      "dataset: images [N, H, W] or [N, H, W, C] expected, got shape ", shape);
    const Index n = shape[0], size = shape.stride(0);
    const Index count = std::ssize(numbers);
    check<ShapeError>(!labels.defined() || labels.shape() == Shape{n}, "dataset: labels ", labels.shape(),
                      " do not fit images ", shape, ", expected labels [", n, "]");
    ImageBatch<T> result{Tensor<T>::uninitialized({count, shape[1], shape[2], channels()}), {}};
    if (labels.defined()) result.labels = Tensor<std::uint8_t>::uninitialized({count});
    T* const pixels = result.images.data();
    std::uint8_t* const label = labels.defined() ? result.labels.data() : nullptr;
    const std::uint8_t* const all_labels = labels.data();
    const std::uint8_t* const all_pixels = images.data();
    for (const Index number : numbers)
      check<ValueError>(0 <= number && number < n, "dataset: image ", number, " wanted of ", n);
    parallel_pieces(count, 16, 8 * static_cast<double>(size), [=](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        // The images lie anywhere in memory: ask for one of the next while converting this one.
        constexpr Index ahead = 3;
        if (i + ahead < last)
          for (Index line = 0; line < size; line += 64)
            __builtin_prefetch(all_pixels + numbers[static_cast<std::size_t>(i + ahead)] * size + line);
        const Index number = numbers[static_cast<std::size_t>(i)];
        const std::uint8_t* from = all_pixels + number * size;
        for (Index pixel = 0; pixel < size; ++pixel) pixels[i * size + pixel] = static_cast<T>(from[pixel]) / T(255);
        if (label) label[i] = all_labels[number];
      }
    });
    return result;
  }

  /// The first `count` images only, or all if there are fewer. ValueError for a negative count.
  ImageDataset first(Index count) const {
    check<ValueError>(count >= 0, "dataset: at least 0 images expected, got ", count);
    const Index kept = std::min(count, size());
    if (kept == size()) return *this;
    return {images.rows(0, kept), labels.defined() ? labels.rows(0, kept) : labels, class_names};
  }
};

}  // namespace latent::data
