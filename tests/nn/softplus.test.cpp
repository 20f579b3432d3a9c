#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("softplus: values, gradients, the options") {
  const auto x = reference::input({5, 7}, 1, -5, 5);
  check_gradients([](In v) { return softplus(v[0], 2, 4); }, {x});
  check_gradients([](In v) { return softplus(v[0], -0.5); }, {x});
  const double v = x.value()(1, 2);
  CHECK(nn::Softplus{}(x).value()(1, 2) == doctest::Approx(std::log1p(std::exp(v))));
  const nn::Softplus bent({.beta = 2, .threshold = 3});
  const Tensor<double> y = bent(Variable<double>(Tensor<double>({3}, {1.49, 1.51, -1000}))).value();
  CHECK(y(0) == doctest::Approx(std::log1p(std::exp(2.98)) / 2));
  CHECK(y(1) == 1.51);
  CHECK(y(2) == 0);
  CHECK(bent.output_shape({2, 3}) == Shape{2, 3});
  CHECK(message_of<ValueError>([] { nn::Softplus({.beta = 0}); }) == "Softplus: beta must not be 0, got 0");
}
