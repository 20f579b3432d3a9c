#include "../bfloat16.hpp"

#include <bit>

using namespace latent;

namespace {

std::vector<float> rounded_by_kernel(const std::vector<float>& x) {
  std::vector<float> y(x.size());
  kernels::round_as_bfloat16(std::ssize(x), x.data(), y.data());
  return y;
}

}  // namespace

TEST_CASE("bfloat16: the nearest number, and of two the even one") {
  const std::vector<float> x{1.0f,        1.00390625f, 1.0039065f, 1.01171875f, 1.0117185f, -1.00390625f, -1.01171875f,
                             3.14159265f, 0.0f,        1e30f,      1e-30f,      65280.0f,   -0.1f,        255.5f};
  const std::vector<float> expected{1.0f,
                                    1.0f,
                                    1.0078125f,
                                    1.015625f,
                                    1.0078125f,
                                    -1.0f,
                                    -1.015625f,
                                    3.140625f,
                                    0.0f,
                                    reference::as_bfloat16(1e30f),
                                    reference::as_bfloat16(1e-30f),
                                    65280.0f,
                                    -0.10009765625f,
                                    256.0f};
  CHECK(rounded_by_kernel(x) == expected);
}

TEST_CASE("bfloat16: any count and any size of numbers agree with rounding in double") {
  for (Index count : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 100}) {
    std::vector<float> x;
    std::vector<float> expected;
    for (Index i = 0; i < count; ++i) {
      const float value = Rng(3).normal<float>({count})(i) * std::ldexp(1.0f, static_cast<int>(i * 7 % 200) - 100);
      x.push_back(value);
      expected.push_back(reference::as_bfloat16(value));
    }
    CHECK(rounded_by_kernel(x) == expected);
    const auto room = static_cast<std::size_t>(count + 2 * kernels::lanes<float>);
    std::vector<kernels::Bfloat16> pairs(room);
    kernels::round_to_bfloat16(count, x.data(), pairs.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      CHECK(std::bit_cast<float>(std::uint32_t{pairs[i].bits} << 16) == expected[i]);
    if (count % 2 == 1) CHECK(pairs[x.size()].bits == 0);
  }
}

TEST_CASE("bfloat16: infinities, NaN and the largest numbers") {
  constexpr float inf = std::numeric_limits<float>::infinity();
  const auto y =
      rounded_by_kernel({inf, -inf, std::numeric_limits<float>::quiet_NaN(), std::bit_cast<float>(0x7F800001u),
                         std::bit_cast<float>(0x7FFFFFFFu), std::numeric_limits<float>::max(), 3.3895314e38f});
  CHECK(y[0] == inf);
  CHECK(y[1] == -inf);
  for (std::size_t i : {2, 3, 4}) CHECK(std::isnan(y[i]));
  CHECK(y[5] == inf);
  CHECK(y[6] == 3.3895314e38f);
}

TEST_CASE("bfloat16: below the smallest normal number it is the nearest, or zero of an instruction") {
  const auto y = rounded_by_kernel({std::ldexp(1.0f, -126), std::ldexp(1.5f, -130), 0.0f});
  CHECK(y[0] == std::ldexp(1.0f, -126));
  CHECK((y[1] == std::ldexp(1.5f, -130) || y[1] == 0.0f));
  CHECK(y[2] == 0.0f);
}
