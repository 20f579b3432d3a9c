#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("silu: values and gradients") {
  const auto x = reference::input({5, 7}, 1, -5, 5);
  check_gradients([](In v) { return silu(v[0]); }, {x});
  CHECK(nn::SiLU{}(x).value()(1, 2) == doctest::Approx(x.value()(1, 2) / (1 + std::exp(-x.value()(1, 2)))));
  CHECK(nn::SiLU{}.output_shape({2, 3}) == Shape{2, 3});
}
