#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <latent/autograd/reduce.hpp>
#include <set>
#include <vector>

#include "study/training/trainer.hpp"

using namespace latent;

namespace {

/// Images in colour whose pixels say where they are: image, row and column.
data::ImageDataset images_of_places(Index n, Index h, Index w) {
  data::ImageDataset set{Tensor<std::uint8_t>({n, h, w, 3}), {}, {}};
  for (Index i = 0; i < n; ++i)
    for (Index y = 0; y < h; ++y)
      for (Index x = 0; x < w; ++x) {
        const Index place[3] = {i, y, x};
        for (Index c = 0; c < 3; ++c) set.images(i, y, x, c) = static_cast<std::uint8_t>(place[c]);
      }
  return set;
}

Index byte(float value) { return std::lround(255 * value); }

}  // namespace

TEST_CASE("random_patches: squares of their images, flipped in all four ways, within images that are smaller") {
  constexpr Index side = 9;
  for (const Index h : {30, 5}) {
    CAPTURE(h);
    const data::ImageDataset set = images_of_places(3, h, 20);
    std::vector<Index> numbers(200);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<Index>(7 * i % 200);
    const Tensor<float> patches = study::random_patches<float>(set, side, 1, numbers, 4).images;
    const Index rows = std::min(side, h);
    REQUIRE(patches.shape() == Shape{200, rows, side, 3});
    std::set<std::pair<Index, Index>> flips, places;
    bool right = true;
    for (Index i = 0; i < 200; ++i) {
      const Index down = byte(patches(i, 1, 0, 1)) - byte(patches(i, 0, 0, 1));
      const Index along = byte(patches(i, 0, 1, 2)) - byte(patches(i, 0, 0, 2));
      flips.insert({down, along});
      places.insert({std::min(byte(patches(i, 0, 0, 1)), byte(patches(i, rows - 1, 0, 1))),
                     std::min(byte(patches(i, 0, 0, 2)), byte(patches(i, 0, side - 1, 2)))});
      for (Index y = 0; y < rows; ++y)
        for (Index x = 0; x < side; ++x)
          right = right && byte(patches(i, y, x, 0)) == numbers[static_cast<std::size_t>(i)] % 3 &&
                  byte(patches(i, y, x, 1)) == byte(patches(i, 0, 0, 1)) + down * y &&
                  byte(patches(i, y, x, 2)) == byte(patches(i, 0, 0, 2)) + along * x;
    }
    CHECK(right);
    CHECK(flips == std::set<std::pair<Index, Index>>{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}});
    CHECK(places.begin()->first == 0);
    CHECK(places.rbegin()->first == h - rows);
    CHECK(places.size() > (h == 30 ? 100u : 11u));
  }
}

TEST_CASE("random_patches: one depends on seed, number and epoch alone") {
  const data::ImageDataset set = images_of_places(2, 30, 40);
  const auto patch = [&](std::uint64_t seed, const std::vector<Index>& numbers, Index epoch, Index place) {
    return study::random_patches<float>(set, 8, seed, numbers, epoch).images.rows(place, place + 1);
  };
  const auto same = [](const Tensor<float>& a, const Tensor<float>& b) {
    return std::ranges::equal(a.elements(), b.elements());
  };
  const Tensor<float> expected = patch(1, {5}, 3, 0);
  CHECK(same(expected, patch(1, {4, 9, 5, 0}, 3, 2)));
  CHECK(!same(expected, patch(1, {5}, 4, 0)));
  CHECK(!same(expected, patch(1, {7}, 3, 0)));
  CHECK(!same(expected, patch(2, {5}, 3, 0)));
}

TEST_CASE("Trainer: an epoch has as many patches of each image as were asked for") {
  const Variable<float> parameter(Tensor<float>({1}), true);
  std::vector<Shape> shapes;
  study::Trainer<float> trainer({{"p", parameter}}, images_of_places(5, 12, 12),
                                {.batch = 4, .patches = {.side = 6, .of_each = 2}}, [&](const Tensor<float>& x) {
                                  shapes.push_back(x.shape());
                                  return sum(parameter);
                                });
  CHECK(trainer.steps_per_epoch() == 3);
  for (int step = 0; step < 3; ++step) trainer.step();
  CHECK(shapes == std::vector<Shape>{{4, 6, 6, 3}, {4, 6, 6, 3}, {2, 6, 6, 3}});
}
