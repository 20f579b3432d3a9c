#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("rms_norm: a row by hand; eps is that of the type") {
  nn::RMSNorm<double> layer({.normalized_shape = {2}});
  layer.weight.set_value(Tensor<double>({2}, {1, 10}));
  const auto y = layer(Variable<double>(Tensor<double>({1, 2}, {3, 4})));
  CHECK(y.value()(0, 0) == doctest::Approx(3 / std::sqrt(12.5)));
  CHECK(y.value()(0, 1) == doctest::Approx(40 / std::sqrt(12.5)));
  const Tensor<double> small({1, 1}, {1e-8});
  CHECK(rms_norm(Variable<double>(small), {1}).item() == doctest::Approx(1e-8 / std::sqrt(1e-16 + 0x1p-52)));
  CHECK(rms_norm(Variable<float>(small.cast<float>()), {1}).item() == doctest::Approx(1e-8 / std::sqrt(0x1p-23)));
  CHECK(rms_norm(Variable<double>(small), {1}, {}, 1e-4).item() == doctest::Approx(1e-6));
}

TEST_CASE("rms_norm: gradients over one and several axes, with and without weight") {
  check_gradients([](In v) { return rms_norm(v[0], {5}, v[1]); }, {input({2, 3, 5}, 1), input({5}, 2)});
  check_gradients([](In v) { return rms_norm(v[0], {2, 3}); }, {input({3, 2, 3}, 1)});
}

TEST_CASE("rms_norm: refuses options and shapes that do not fit") {
  CHECK(message_of<ValueError>([] { nn::RMSNorm<float>({}); }) ==
        "RMSNorm: normalized_shape must have sizes of at least 1, got []");
  CHECK(message_of<ValueError>([] { nn::RMSNorm<float>({.normalized_shape = {3}, .eps = -2}); }) ==
        "RMSNorm: eps must be at least 0 or type_epsilon, got -2");
  CHECK(message_of<ShapeError>([] {
          nn::RMSNormOptions{.normalized_shape = {3}}.output_shape({3, 4});
        }) == "RMSNorm: x [3, 4] does not fit, its last axes must be [3]");
}
