#include <doctest/doctest.h>

#include <cmath>

#include "../errors.hpp"
#include "uses/tiles.hpp"

// Networks that remove noise, before they have learned anything.

using namespace latent;

namespace {

uses::DenoisingNetwork untrained(const char* name, Index channels) {
  Rng rng(3);
  return {name, channels, rng};
}

/// The largest difference of pixels of a and of b moved to the right, those left out that are so near to the border.
double largest_difference(const Tensor<float>& a, const Tensor<float>& b, Index shift, Index border) {
  double result = 0;
  for (Index i = 0; i < a.size(0); ++i)
    for (Index y = border; y < a.size(1) - border; ++y)
      for (Index x = border; x < a.size(2) - border; ++x)
        for (Index c = 0; c < a.size(3); ++c)
          result = std::max(result, std::abs(static_cast<double>(a(i, y, x, c)) - b(i, y, x + shift, c)));
  return result;
}

}  // namespace

TEST_CASE("cleaned_in_tiles: no seams, and only the residual network has no grid either") {
  Rng rng(4);
  for (const Index channels : {1, 3})
    for (const char* name : {"residual", "autoencoder"}) {
      CAPTURE(channels);
      CAPTURE(name);
      const uses::DenoisingNetwork model = untrained(name, channels);
      const Tensor<float> images = rng.uniform<float>({2, 70, 61, channels});
      const Tensor<float> whole = uses::cleaned_in_tiles(model, images);
      CHECK(whole.shape() == images.shape());
      CHECK(largest_difference(whole, uses::cleaned_in_tiles(model, images, 20), 0, 0) < 1e-5);

      auto moved = Tensor<float>::uninitialized({2, 70, 62, channels});
      for (Index i = 0; i < 2; ++i)
        for (Index y = 0; y < 70; ++y)
          for (Index x = 0; x < 62; ++x)
            for (Index c = 0; c < channels; ++c) moved(i, y, x, c) = images(i, y, std::max<Index>(x - 1, 0), c);
      const double difference = largest_difference(whole, uses::cleaned_in_tiles(model, moved), 1, 12);
      CHECK((difference < 1e-5) == model.is_residual());
    }
  CHECK(message_of<ValueError>([] {
          uses::cleaned_in_tiles(untrained("residual", 1), Tensor<float>({1, 4, 4, 1}), 6);
        }) == "tiles: side must be a multiple of 4, got 6");
}

TEST_CASE("ResidualDenoiser: what its layers find is taken away, and it sees six pixels around each") {
  const uses::DenoisingNetwork model = untrained("residual", 3);
  const auto& layers = std::get<uses::ResidualDenoiser>(model.network).layers.layers;
  Tensor<float> image = Rng(5).uniform<float>({1, 20, 20, 3}, -2, 3);
  const Tensor<float> before = uses::cleaned_in_tiles(model, image);
  image(0, 10, 10, 1) += 100;
  const Tensor<float> after = uses::cleaned_in_tiles(model, image);
  for (const Index distance : {6, 7}) {
    double change = 0;
    for (Index c = 0; c < 3; ++c) change += std::abs(after(0, 10, 10 + distance, c) - before(0, 10, 10 + distance, c));
    CHECK((change > 0) == (distance == 6));
  }

  layers.back().weight.set_value(Tensor<float>(layers.back().weight.shape()));
  layers.back().bias.set_value(Tensor<float>({3}, {0.25f, -0.5f, 0}));
  const Tensor<float> shifted = uses::cleaned_in_tiles(model, image);
  for (Index y = 0; y < 20; ++y)
    for (Index c = 0; c < 3; ++c)
      CHECK(shifted(0, y, 7, c) == image(0, y, 7, c) - (c == 0 ? 0.25f : c == 1 ? -0.5f : 0));
}
