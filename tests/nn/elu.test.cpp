#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("elu: values, gradients, the option") {
  check_gradients([](In v) { return elu(v[0], 0.7); }, {reference::input({3, 7}, 1, -3, 3)});
  const Variable<double> x(Tensor<double>({4}, {-1, 2, -1e-20, -std::numeric_limits<double>::infinity()}));
  const Tensor<double> y = nn::ELU({.alpha = 2})(x).value();
  CHECK(y(0) == doctest::Approx(2 * (std::exp(-1.0) - 1)));
  CHECK(y(1) == 2);
  CHECK(y(2) == -2e-20);
  CHECK(y(3) == -2);
  CHECK(nn::ELU{}.output_shape({2, 3}) == Shape{2, 3});
}
