#include "uses/heat_map.hpp"

#include <algorithm>
#include <array>

namespace uses {

Tensor<float> heat_map(const Tensor<float>& image, const Tensor<float>& errors, double normal) {
  constexpr Index least_side = 224;  // what is smaller is hard to see
  constexpr std::array<float, 3> lightness{0.30f, 0.59f, 0.11f};
  const Index h = image.size(0), w = image.size(1), channels = image.size(2);
  const Index scale = std::max<Index>(least_side / std::max(h, w), 1);
  Tensor<float> result({h * scale, w * scale, 3});
  const float* const pixels = image.data();
  const float* const error = errors.data();
  float* to = result.data();
  for (Index y = 0; y < h * scale; ++y)
    for (Index x = 0; x < w * scale; ++x) {
      const Index place = y / scale * w + x / scale;
      float grey = 0;
      for (Index c = 0; c < 3; ++c)
        grey += lightness[static_cast<std::size_t>(c)] * pixels[place * channels + std::min(c, channels - 1)];
      const double above = static_cast<double>(error[place]) / std::max(normal, 1e-12) - 1;
      const auto strength = static_cast<float>(std::clamp(above / 3, 0.0, 1.0));
      const float opacity = above > 0 ? 0.35f + 0.45f * strength : 0;
      const std::array<float, 3> color{1, 0.85f * (1 - strength), 0};
      for (const float part : color) *to++ = (1 - opacity) * grey + opacity * part;
    }
  return result;
}

}  // namespace uses
