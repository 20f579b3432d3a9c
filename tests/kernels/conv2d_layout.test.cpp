#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using namespace kernels::detail;

namespace {

/// 3 x 4 pixels of 2 channels, one row of padding above and below and two columns at either side.
const kernels::Conv2dSizes padded_sizes{.n = 1,
                                        .h = 3,
                                        .w = 4,
                                        .c = 2,
                                        .oh = 3,
                                        .ow = 3,
                                        .o = 1,
                                        .kh = 3,
                                        .kw = 2,
                                        .stride_h = 1,
                                        .stride_w = 3,
                                        .padding_h = 1,
                                        .padding_w = 2,
                                        .dilation_h = 1,
                                        .dilation_w = 1};

}  // namespace

TEST_CASE("padding: zeros all around, the image in the middle, also when the room is used again") {
  const Padding padding = input_padding(padded_sizes);
  CHECK(padding.padded_h == 5);
  CHECK(padding.padded_w == 8);
  const PaddedImages<float> padded(padding, 2);
  for (const std::uint64_t seed : {1, 2}) {
    const auto images = reference::random<float>({2, 3, 4, 2}, seed);
    const Tensor<float> result = Tensor<float>::borrow(padded(images.data(), 2), {2, 5, 8, 2});
    for (Index n = 0; n < 2; ++n)
      for (Index i = 0; i < 5; ++i)
        for (Index j = 0; j < 8; ++j)
          for (Index c = 0; c < 2; ++c) {
            const bool inside = i >= 1 && i < 4 && j >= 2 && j < 6;
            CHECK(result(n, i, j, c) == (inside ? images(n, i - 1, j - 2, c) : 0));
          }
  }
}

TEST_CASE("padding: where there is none, images are read where they are") {
  const kernels::Conv2dSizes plain{.n = 1, .h = 3, .w = 4, .c = 2, .oh = 1, .ow = 2, .o = 1, .kh = 3, .kw = 3};
  const Tensor<float> images({1, 3, 4, 2});
  CHECK(PaddedImages<float>(input_padding(plain), 1)(images.data(), 1) == images.data());
}

TEST_CASE("offsets: a pixel's and a window's element's together are the element's place in the padded image") {
  const Buffer<Index> pixels = pixel_offsets(padded_sizes), window = im2col_offsets(padded_sizes);
  REQUIRE(std::ssize(pixels) == 9);
  REQUIRE(std::ssize(window) == 12);
  const Tensor<float> image({5, 8, 2});
  Index p = 0;
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j, ++p) {
      Index k = 0;
      for (Index c = 0; c < 2; ++c)
        for (Index kh = 0; kh < 3; ++kh)
          for (Index kw = 0; kw < 2; ++kw, ++k)
            CHECK(pixels[static_cast<std::size_t>(p)] + window[static_cast<std::size_t>(k)] ==
                  ((i + kh) * 8 + 3 * j + kw) * 2 + c);
    }
}
