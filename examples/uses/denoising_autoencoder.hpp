#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <latent/core/random.hpp>
#include <latent/nn/activation.hpp>
#include <latent/nn/conv2d.hpp>
#include <latent/nn/conv_transpose2d.hpp>
#include <string>

#include "uses/any_size.hpp"

// Noise, a network that removes it, plain filters to compare it with, and the measure of what is left.

namespace uses {

using namespace latent;

/// Gaussian noise adds to every pixel a normal number with standard deviation `strength` and cuts the sum to [0, 1],
/// as a stored image is; salt and pepper makes a share `strength` of the pixels black or white, both as often.
struct Noise {
  std::string name;  ///< gaussian or salt-and-pepper
  double strength;
};

/// Images [N, H, W, C] with noise, of each channel its own. Image i takes random numbers from stream `first_stream` +
/// i, so that the result is the same for any number of threads.
inline Tensor<float> add_noise(const Tensor<float>& images, const Noise& noise, std::uint64_t seed,
                               std::uint64_t first_stream) {
  auto result = Tensor<float>::uninitialized(images.shape());
  const Index size = images.shape().stride(0);
  const float* const clean = images.data();
  float* const noisy = result.data();
  const bool gaussian = noise.name == "gaussian";
  const auto strength = static_cast<float>(noise.strength);
  parallel_for(images.size(0), 20 * static_cast<double>(size), [&](Index i) {
    Rng rng(seed, first_stream + static_cast<std::uint64_t>(i));
    auto to = Tensor<float>::borrow(noisy + i * size, {size});
    gaussian ? rng.fill_normal(to, 0.0f, strength) : rng.fill_uniform(to);
    const float* from = clean + i * size;
    for (float& pixel : to.elements()) {
      const float random = pixel, value = *from++;
      if (gaussian)
        pixel = std::clamp(value + random, 0.0f, 1.0f);
      else
        pixel = random >= strength ? value : random < strength / 2 ? 0.0f : 1.0f;
    }
  });
  return result;
}

/// Convolutional: H x W x C -> H/2 x W/2 x 64 -> H/4 x W/4 x 64 and back, for images of any size.
struct DenoisingAutoencoder {
  static constexpr Index divisor = 4;  ///< of sizes that need no repeated border
  static constexpr Index reach = 11;   ///< pixels that it sees around each, at most

  nn::Conv2d<float> down1, down2;
  nn::ConvTranspose2d<float> up1, up2;

  DenoisingAutoencoder(Index channels, Rng& rng)
      : down1({.in = channels, .out = 64, .kernel = 3, .stride = 2, .padding = 1}, rng),
        down2({.in = 64, .out = 64, .kernel = 3, .stride = 2, .padding = 1}, rng),
        up1(doubling(64, 64), rng),
        up2(doubling(64, channels), rng) {}

  Index channels() const { return down1.options.in; }

  Variable<float> operator()(const Variable<float>& images) const {
    return at_any_size(images, divisor, [this](const Variable<float>& x) {
      const Variable<float> code = down2(down1(x, Activation::relu), Activation::relu);
      return up2(up1(code, Activation::relu), Activation::sigmoid);
    });
  }

  template <class F>
  void visit(F&& f) const {
    f("down1", down1);
    f("down2", down2);
    f("up1", up1);
    f("up2", up2);
  }

 private:
  static nn::ConvTranspose2dOptions doubling(Index in, Index out) {
    return {.in = in, .out = out, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1};
  }
};

/// Images [N, H, W, C], each pixel made from itself and its eight neighbours by `f(array of nine)`; the border is
/// repeated outwards.
template <class F>
Tensor<float> filter3x3(const Tensor<float>& images, F f) {
  const auto [n, h, w, c] = images.sizes<4>("filter: images [N, H, W, C]");
  auto result = Tensor<float>::uninitialized(images.shape());
  const float* const all = images.data();
  float* to = result.data();
  for (Index i = 0; i < n; ++i)
    for (Index y = 0; y < h; ++y)
      for (Index x = 0; x < w * c; ++x) {  // channels lie side by side
        std::array<float, 9> nine{};
        for (Index k = 0; k < 9; ++k) {
          const Index row = std::clamp<Index>(y + k / 3 - 1, 0, h - 1),
                      column = std::clamp<Index>(x / c + k % 3 - 1, 0, w - 1);
          nine[static_cast<std::size_t>(k)] = all[((i * h + row) * w + column) * c + x % c];
        }
        *to++ = f(nine);
      }
  return result;
}

/// The middle one of nine pixels.
inline Tensor<float> median_filter(const Tensor<float>& images) {
  return filter3x3(images, [](std::array<float, 9>& nine) {
    std::ranges::nth_element(nine, nine.begin() + 4);
    return nine[4];
  });
}

/// Gaussian blur: neighbours weigh 1/8, diagonal ones 1/16, the pixel itself 1/4.
inline Tensor<float> blur_filter(const Tensor<float>& images) {
  return filter3x3(images, [](const std::array<float, 9>& nine) {
    return (nine[0] + nine[2] + nine[6] + nine[8] + 2 * (nine[1] + nine[3] + nine[5] + nine[7]) + 4 * nine[4]) / 16;
  });
}

/// The peak signal-to-noise ratio of each image in dB, 10 log10(1 / its mean squared error), added up. An image without
/// error, for which that is infinite, counts as 100 dB.
inline double sum_of_psnr(const Tensor<float>& clean, const Tensor<float>& images) {
  const Index size = clean.shape().stride(0);
  const float* a = clean.data();
  const float* b = images.data();
  double result = 0;
  for (Index i = 0; i < clean.size(0); ++i) {
    double squares = 0;
    for (Index pixel = 0; pixel < size; ++pixel, ++a, ++b) squares += (*a - *b) * (*a - *b);
    result += 10 * std::log10(1 / std::max(squares / static_cast<double>(size), 1e-10));
  }
  return result;
}

}  // namespace uses
