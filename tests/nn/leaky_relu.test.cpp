#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("leaky_relu: values, gradients, the option") {
  check_gradients([](In v) { return leaky_relu(v[0], 0.2); }, {reference::input({3, 7}, 1, -3, 3)});
  const Variable<float> x(Tensor<float>({4}, {-2, 0, 3, -std::numeric_limits<float>::infinity()}));
  const Tensor<float> y = nn::LeakyReLU{}(x).value();
  CHECK(y(0) == doctest::Approx(-0.02));
  CHECK(y(1) == 0);
  CHECK(y(2) == 3);
  CHECK(y(3) == -std::numeric_limits<float>::infinity());
  CHECK(nn::LeakyReLU({.negative_slope = -0.5})(x).value()(0) == 1);
  CHECK(nn::LeakyReLU{}.output_shape({2, 3}) == Shape{2, 3});
}
