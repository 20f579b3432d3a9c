#include "uses/image_pictures.hpp"

#include <algorithm>

#include "study/pictures/pictures.hpp"

namespace uses {

std::vector<Index> images_to_show(const data::ImageDataset& set) {
  constexpr std::size_t most = 10;
  std::vector<Index> result = study::one_of_each_class(set);
  const auto labels = set.labels.elements();
  result.resize(std::min(result.size(), most));
  if (result.size() == 1)
    for (Index i = 0; i < set.size() && result.size() < most; ++i)
      if (i != result[0]) result.push_back(i);
  std::ranges::sort(result, {},
                    [&](Index number) { return std::pair(labels[static_cast<std::size_t>(number)], number); });
  return result;
}

Tensor<float> shrunk(const Tensor<float>& image, Index side) {
  const Index h = image.size(0), w = image.size(1), channels = image.size(2),
              block = (std::max(h, w) + side - 1) / side;
  Tensor<float> result({(h + block - 1) / block, (w + block - 1) / block, channels});
  const float* const from = image.data();
  float* to = result.data();
  for (Index top = 0; top < h; top += block)
    for (Index left = 0; left < w; left += block) {
      const Index bottom = std::min(top + block, h), right = std::min(left + block, w);
      for (Index c = 0; c < channels; ++c) {
        float sum = 0;
        for (Index y = top; y < bottom; ++y)
          for (Index x = left; x < right; ++x) sum += from[(y * w + x) * channels + c];
        *to++ = sum / static_cast<float>((bottom - top) * (right - left));
      }
    }
  return result;
}

}  // namespace uses
