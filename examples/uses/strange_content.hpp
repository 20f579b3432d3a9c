#pragma once

#include <algorithm>
#include <cmath>
#include <latent/core/parallel.hpp>
#include <latent/core/random.hpp>
#include <latent/core/tensor.hpp>
#include <numbers>

namespace uses {

using namespace latent;

/// Images [N, H, W, C] of which about half, drawn at random, get other colours or contrasts, and discs and stripes of
/// any colour upon them. A network that learns to remove noise from pictures of one kind alone takes all that they have
/// not for noise as well, and paints over it. Image i takes random numbers from stream `first_stream` + i.
inline Tensor<float> with_strange_content(const Tensor<float>& images, std::uint64_t seed, std::uint64_t first_stream) {
  const auto sizes = images.sizes<4>("strange content: images [N, H, W, C]");
  const Index n = sizes[0], h = sizes[1], w = sizes[2], c = sizes[3];
  Tensor<float> result = images;
  float* const all = result.data();
  parallel_for(n, 10 * static_cast<double>(h * w * c), [&](Index image) {
    Rng rng(seed ^ 0x736861706573, first_stream + static_cast<std::uint64_t>(image));
    const auto between = [&](float least, float most) { return least + (most - least) * rng.uniform<float>(); };
    if (rng.below(2) == 0) return;
    float* const pixels = all + image * h * w * c;
    for (Index channel = 0; channel < c; ++channel) {
      const float gain = between(-1, 1), offset = between(std::max(0.0f, -gain), std::min(1.0f, 1 - gain));
      for (Index i = channel; i < h * w * c; i += c) pixels[i] = gain * pixels[i] + offset;
    }
    const auto height = static_cast<float>(h), width = static_cast<float>(w);
    for (std::uint32_t shapes = 1 + rng.below(4); shapes > 0; --shapes) {
      const bool disc = rng.below(2) == 0;
      const float y0 = between(0, height), x0 = between(0, width), angle = between(0, std::numbers::pi_v<float>);
      const float dy = std::sin(angle), dx = std::cos(angle), reach = disc ? between(1, 12) : between(0.5f, 4);
      float color[3];
      for (float& value : color) value = between(0, 1);
      for (Index y = 0; y < h; ++y)
        for (Index x = 0; x < w; ++x) {
          const float down = static_cast<float>(y) - y0, right = static_cast<float>(x) - x0;
          const float distance = disc ? std::hypot(down, right) : std::abs(down * dx - right * dy);
          if (distance < reach) std::copy_n(color, c, pixels + (y * w + x) * c);
        }
    }
  });
  return result;
}

}  // namespace uses
