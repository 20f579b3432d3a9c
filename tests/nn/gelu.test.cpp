#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("gelu: values, gradients, the approximation") {
  const auto x = reference::input({5, 7}, 1, -5, 5);
  check_gradients([](In v) { return gelu(v[0]); }, {x});
  check_gradients([](In v) { return gelu(v[0], Approximate::tanh); }, {x});
  const Tensor<double> exact = nn::GELU{}(x).value(), close = nn::GELU({.approximate = Approximate::tanh})(x).value();
  for (Index i = 0; i < 5; ++i)
    for (Index j = 0; j < 7; ++j) {
      const double v = x.value()(i, j);
      const double inner = std::sqrt(2 / 3.14159265358979323846) * (v + 0.044715 * v * v * v);
      CHECK(exact(i, j) == doctest::Approx(v * 0.5 * (1 + std::erf(v / std::sqrt(2.0)))).epsilon(1e-13));
      CHECK(close(i, j) == doctest::Approx(0.5 * v * (1 + std::tanh(inner))).epsilon(1e-13));
    }
  CHECK(nn::GELU{}.output_shape({2, 3}) == Shape{2, 3});
}
