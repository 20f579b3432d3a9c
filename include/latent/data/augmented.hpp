#pragma once

#include <tuple>
#include <utility>

#include "latent/core/memory.hpp"
#include "latent/core/random.hpp"
#include "latent/data/loader.hpp"
#include "latent/nn/extent.hpp"

namespace latent::data {

/// What is done to each image at random, in this order. ValueError for probabilities outside [0, 1] and negative sizes.
struct AugmentOptions {
  double horizontal_flip = 0;  ///< probability that left and right are exchanged
  double vertical_flip = 0;    ///< probability that top and bottom are
  Index padding = 0;           ///< pixels added on all sides, of which the crop may take some
  nn::Extent crop = 0;         ///< height and width of what is cut out at a random place; 0 for those of the image
  double fill = 0;             ///< value of the padding
  double noise = 0;            ///< standard deviation of Gaussian noise, added to each element without clipping
  std::uint64_t seed = 0;      ///< of all that is drawn

  void check_values() const {
    const auto is_probability = [](double p) { return p >= 0 && p <= 1; };
    check<ValueError>(is_probability(horizontal_flip) && is_probability(vertical_flip),
                      "augment: probabilities of flips must be in [0, 1], got ", horizontal_flip, " and ",
                      vertical_flip);
    check<ValueError>(padding >= 0 && crop.least() >= 0 && noise >= 0,
                      "augment: padding, crop and noise must be at least 0, got padding ", padding, ", crop ", crop,
                      ", noise ", noise);
    nn::check_extent("augment", "padding", padding);
  }
};

/// Images changed at random    images [N, H, W, C] -> [N, crop.h, crop.w, C]
/// Image i depends on the seed, numbers[i] and the epoch alone, whatever the batch it is in and the number of threads.
/// With padding and no crop it is shifted by up to `padding` pixels each way. ShapeError for a crop that is larger than
/// an image with its padding.
template <Scalar T>
Tensor<T> augment(const Tensor<T>& images, const AugmentOptions& options, std::span<const Index> numbers, Index epoch) {
  options.check_values();
  const auto sizes = images.template sizes<4>("augment: images [N, H, W, C]");
  const Index n = sizes[0], h = sizes[1], w = sizes[2], c = sizes[3], padding = options.padding;
  check<ShapeError>(std::ssize(numbers) == n, "augment: ", numbers.size(), " numbers for images ", images.shape());
  const Index out_h = options.crop.h ? options.crop.h : h, out_w = options.crop.w ? options.crop.w : w;
  check<ShapeError>(out_h <= h + 2 * padding && out_w <= w + 2 * padding, "augment: crop ", options.crop,
                    " is larger than images ", images.shape(), " with padding ", padding);
  auto result = Tensor<T>::uninitialized({n, out_h, out_w, c});
  const T* const all_from = images.data();
  T* const all_to = result.data();
  const Index size = out_h * out_w * c;
  const double work = static_cast<double>(size) * (options.noise > 0 ? 20 : 1);
  parallel_for(n, work, [&](Index image) {
    // Loaders take the streams of the epochs, this one those from the other end.
    const auto number = static_cast<std::uint64_t>(numbers[static_cast<std::size_t>(image)]);
    Rng rng(options.seed ^ 0x6175676D656E74, ~(number << 32 | (static_cast<std::uint64_t>(epoch) & 0xFFFFFFFF)));
    const bool mirrored = rng.uniform<double>() < options.horizontal_flip;
    const bool upside_down = rng.uniform<double>() < options.vertical_flip;
    const auto place = [&](Index places) { return static_cast<Index>(rng.below(static_cast<std::uint32_t>(places))); };
    const Index top = place(h + 2 * padding - out_h + 1) - padding, left = place(w + 2 * padding - out_w + 1) - padding;
    const T* const from = all_from + image * h * w * c;
    T* to = all_to + image * size;
    for (Index i = top; i < top + out_h; ++i)
      for (Index j = left; j < left + out_w; ++j) {
        const bool inside = 0 <= i && i < h && 0 <= j && j < w;
        const T* const pixel = from + ((upside_down ? h - 1 - i : i) * w + (mirrored ? w - 1 - j : j)) * c;
        for (Index channel = 0; channel < c; ++channel) *to++ = inside ? pixel[channel] : static_cast<T>(options.fill);
      }
    if (options.noise == 0) return;
    const memory::Scratch<T> scratch(size);
    auto noise = Tensor<T>::borrow(scratch.data(), {size});
    rng.fill_normal(noise, T(0), static_cast<T>(options.noise));
    for (Index i = 0; i < size; ++i) all_to[image * size + i] += scratch[i];
  });
  return result;
}

/// A data set whose images are changed at random each time, and which must outlive it:
///
///     const data::Augmented train(mnist.train, {.horizontal_flip = 0.5, .padding = 2, .seed = 1});
///     data::Loader loader(train, {.batch_size = 64, .shuffle = true});
///
/// What becomes of an element depends on the seed, its number and the epoch alone, so a run goes on from a checkpoint
/// to the same bits. Changed are the `images` of a batch, or its first tensor, [N, H, W, C] of float or double.
template <class Dataset>
class Augmented {
 public:
  /// ValueError as AugmentOptions.
  Augmented(const Dataset& dataset, const AugmentOptions& options) : dataset_(&dataset), options_(options) {
    options.check_values();
  }
  Augmented(const Dataset&&, const AugmentOptions&) = delete;  // it would be gone

  /// That of the data set.
  Index size() const { return dataset_->size(); }

  /// The elements of the given numbers as they are in an epoch, counted from 0.
  auto gather(std::span<const Index> numbers, Index epoch = 0) const {
    auto batch = detail::gather(*dataset_, numbers, epoch);
    if constexpr (requires { batch.images; })
      batch.images = augment(batch.images, options_, numbers, epoch);
    else
      std::get<0>(batch) = augment(std::get<0>(batch), options_, numbers, epoch);
    return batch;
  }

 private:
  const Dataset* dataset_;
  AugmentOptions options_;
};

}  // namespace latent::data
