#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using nn::Extent;
using nn::window_places;

TEST_CASE("window_places: counts the places of a window one by one") {
  for (Index size : {0, 1, 5, 12})
    for (Index kernel : {1, 2, 5})
      for (Index stride : {1, 2, 3})
        for (Index padding : {0, 2})
          for (Index dilation : {1, 3}) {
            Index expected = 0;
            for (Index at = -padding; at + dilation * (kernel - 1) < size + padding; at += stride) ++expected;
            CHECK(window_places(size, kernel, stride, padding, dilation) == expected);
          }
}

TEST_CASE("extent: one size stands for both directions") {
  constexpr Extent both = 3, different{2, 5};
  static_assert(both.h == 3 && both.w == 3 && different.least() == 2);
  CHECK(message_of<Error>([&] { fail<Error>(both, " and ", different); }) == "3 and {2, 5}");
}
