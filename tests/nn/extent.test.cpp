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

TEST_CASE("window_places: with ceil_mode the last window may reach beyond the end, but not begin there") {
  for (Index size : {1, 5, 12})
    for (Index kernel : {1, 2, 5})
      for (Index stride : {1, 2, 3, 7})
        for (Index padding : {Index{0}, kernel / 2})
          for (Index dilation : {1, 2}) {
            // As many as there are without it, and one more if it covers what they leave, though not by padding alone.
            Index expected = window_places(size, kernel, stride, padding, dilation);
            const Index next = expected * stride - padding, covered = next - stride + dilation * (kernel - 1);
            const bool rest = expected == 0 ? dilation * (kernel - 1) + 1 - stride < size + 2 * padding
                                            : covered < size + padding - 1;
            if (rest && next < size) ++expected;
            CHECK(window_places(size, kernel, stride, padding, dilation, true) == expected);
          }
}

TEST_CASE("extent: one size stands for both directions") {
  constexpr Extent both = 3, different{2, 5};
  static_assert(both.h == 3 && both.w == 3 && different.least() == 2);
  CHECK(message_of<Error>([&] { fail<Error>(both, " and ", different); }) == "3 and {2, 5}");
}

TEST_CASE("extent: sizes so large that they would overflow are refused by every layer of windows") {
  constexpr Index huge = Index{1} << 62;
  const Shape x{2, 8, 8, 1}, empty{0, Index{1} << 40, 1, 1};
  CHECK(message_of<ValueError>([&] {
          nn::Conv2dOptions{.in = 1, .out = 1, .kernel = 1, .padding = huge}.output_shape(x);
        }) == "Conv2d: padding must be at most 1073741824, got 4611686018427387904");
  CHECK(message_of<ValueError>([&] {
          nn::ConvTranspose2dOptions{.in = 1, .out = 1, .kernel = {1, huge}}.output_shape(x);
        }) == "ConvTranspose2d: kernel must be at most 1073741824, got {1, 4611686018427387904}");
  CHECK(message_of<ValueError>([&] { nn::MaxPool2dOptions{.kernel = 2, .stride = huge}.output_shape(x); }) ==
        "MaxPool2d: stride must be at most 1073741824, got 4611686018427387904");
  CHECK(message_of<ShapeError>([&] { nn::Conv2dOptions{.in = 1, .out = 1, .kernel = 1}.output_shape(empty); }) ==
        "Conv2d: H and W must be in [1, 1073741824], got x [0, 1099511627776, 1, 1]");
  CHECK(nn::MaxPool2dOptions{.kernel = 1, .stride = Index{1} << 30}.output_shape(x) == Shape{2, 1, 1, 1});
}

TEST_CASE("extent: images and sequences without pixels or steps are refused, whatever the padding") {
  CHECK(message_of<ShapeError>([] {
          nn::MaxPool2dOptions{.kernel = 2, .padding = 1}.output_shape({1, 0, 4, 2});
        }) == "MaxPool2d: H and W must be in [1, 1073741824], got x [1, 0, 4, 2]");
  CHECK(message_of<ShapeError>([] {
          nn::Conv2dOptions{.in = 2, .out = 1, .kernel = 2, .padding = 1}.output_shape({1, 4, 0, 2});
        }) == "Conv2d: H and W must be in [1, 1073741824], got x [1, 4, 0, 2]");
  CHECK(message_of<ShapeError>([] {
          nn::Conv1dOptions{.in = 2, .out = 1, .kernel = 2, .padding = 1}.output_shape({1, 0, 2});
        }) == "Conv1d: T must be in [1, 1073741824], got x [1, 0, 2]");
}
