#pragma once

#include <algorithm>
#include <latent/autograd/shaping.hpp>

#include "uses/denoising_network.hpp"

namespace uses {

/// What a network that removes noise makes of images [N, H, W, C], in tiles of `side` pixels, so that large images take
/// no more memory. Tiles overlap by more than the network sees around a pixel, and begin where its strides do, so that
/// they leave no seams.
inline Tensor<float> cleaned_in_tiles(const DenoisingNetwork& model, const Tensor<float>& images, Index side = 512) {
  constexpr Index overlap = 16;
  static_assert(overlap >= ResidualDenoiser::reach && overlap >= DenoisingAutoencoder::reach);
  static_assert(overlap % DenoisingAutoencoder::divisor == 0);
  check<ValueError>(side > 0 && side % DenoisingAutoencoder::divisor == 0, "tiles: side must be a multiple of ",
                    DenoisingAutoencoder::divisor, ", got ", side);
  const NoGrad no_grad;
  const auto [n, h, w, c] = images.sizes<4>("tiles: images [N, H, W, C]");
  auto result = Tensor<float>::uninitialized(images.shape());
  float* const to = result.data();
  const Variable<float> all(images);
  for (Index top = 0; top < h; top += side)
    for (Index left = 0; left < w; left += side) {
      const Index y0 = std::max<Index>(top - overlap, 0), x0 = std::max<Index>(left - overlap, 0);
      const Index bottom = std::min(top + side, h), right = std::min(left + side, w);
      const Variable<float> rows = slice(all, 1, y0, std::min(bottom + overlap, h));
      const Tensor<float> tile = model(slice(rows, 2, x0, std::min(right + overlap, w))).value();
      const Index tile_h = tile.size(1), tile_w = tile.size(2);
      const float* const from = tile.data();
      for (Index i = 0; i < n; ++i)
        for (Index y = top; y < bottom; ++y)
          std::copy_n(from + ((i * tile_h + y - y0) * tile_w + left - x0) * c, (right - left) * c,
                      to + ((i * h + y) * w + left) * c);
    }
  return result;
}

}  // namespace uses
