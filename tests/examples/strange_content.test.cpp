#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "uses/strange_content.hpp"

using namespace latent;

TEST_CASE("with_strange_content: about half of the images change, within [0, 1], by their streams alone") {
  for (const Index channels : {1, 3}) {
    CAPTURE(channels);
    constexpr Index n = 200;
    const Tensor<float> images = Rng(2).uniform<float>({n, 24, 20, channels});
    const Tensor<float> found = uses::with_strange_content(images, 1, 1000);
    CHECK(found.shape() == images.shape());
    const auto [least, most] = std::ranges::minmax(found.elements());
    CHECK(least > -1e-6f);
    CHECK(most < 1 + 1e-6f);
    int unchanged = 0, with_shapes = 0;
    for (Index i = 0; i < n; ++i) {
      const Tensor<float> before = images.rows(i, i + 1), after = found.rows(i, i + 1);
      const bool same = std::ranges::equal(before.elements(), after.elements());
      unchanged += same;
      // Random pixels are all different, those of a shape all alike.
      const std::set<float> values(after.elements().begin(), after.elements().end());
      with_shapes += !same && std::ssize(values) < after.numel() - 4;
    }
    CHECK(unchanged > 70);
    CHECK(unchanged < 130);
    CHECK(with_shapes > (n - unchanged) / 2);
    const Tensor<float> later = uses::with_strange_content(images.rows(50, n), 1, 1050);
    CHECK(std::ranges::equal(later.elements(), found.rows(50, n).elements()));
  }
}
