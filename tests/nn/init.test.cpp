#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("uniform_parameter: lies within +-1 / sqrt(fan_in), fills that range, and wants a gradient", T,
                   float, double) {
  Rng rng(1);
  const Variable<T> parameter = nn::uniform_parameter<T>({100, 40}, 16, rng);
  CHECK(parameter.requires_grad());
  CHECK(parameter.shape() == Shape{100, 40});
  const auto [least, most] = std::ranges::minmax(parameter.value().elements());
  CHECK(least >= T(-0.25));
  CHECK(most <= T(0.25));
  CHECK(least < T(-0.249));
  CHECK(most > T(0.249));
}

TEST_CASE("check_bias: an absent bias fits, one of another shape is named with the operation") {
  detail::check_bias("layer", Variable<float>(), 3);
  detail::check_bias("layer", Variable<float>(Tensor<float>({3})), 3);
  CHECK(message_of<ShapeError>([] {
          detail::check_bias("layer", Variable<float>(Tensor<float>({3, 1})), 3);
        }) == "layer: bias [3, 1] does not fit, expected [3]");
}
