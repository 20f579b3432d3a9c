#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("layer_norm: a row by hand, one value, and equal ones") {
  nn::LayerNorm<double> layer({.normalized_shape = {4}});
  layer.weight.set_value(Tensor<double>({4}, {1, 2, 1, 1}));
  layer.bias.set_value(Tensor<double>({4}, {0, 1, 0, 0}));
  const auto y = layer(Variable<double>(Tensor<double>({2, 4}, {1, 2, 3, 6, 7, 7, 7, 7})));
  const double deviation = std::sqrt(3.5 + 1e-5);
  CHECK(y.value()(0, 0) == doctest::Approx(-2 / deviation));
  CHECK(y.value()(0, 1) == doctest::Approx(-2 / deviation + 1));
  CHECK(y.value()(0, 3) == doctest::Approx(3 / deviation));
  CHECK(y.value()(1, 0) == 0);
  CHECK(y.value()(1, 1) == 1);

  const Variable<double> one(Tensor<double>({3, 1}, {1, 2, 3}), true);
  const auto z = layer_norm(one, {1});
  CHECK(reference::identical(z.value(), Tensor<double>({3, 1})));
  sum(z).backward();
  CHECK(reference::identical(one.grad(), Tensor<double>({3, 1})));
}

TEST_CASE("layer_norm: gradients over one and several axes, with and without parameters") {
  check_gradients([](In v) { return layer_norm(v[0], {5}, v[1], v[2], 1e-3); },
                  {input({2, 3, 5}, 1), input({5}, 2), input({5}, 3)});
  check_gradients([](In v) { return layer_norm(v[0], {2, 3}, v[1]); }, {input({3, 2, 3}, 1), input({2, 3}, 2)});
  check_gradients([](In v) { return layer_norm(v[0], {4}); }, {input({3, 4}, 1)});
  check_gradients([](In v) { return layer_norm(v[0], {4}, v[0], v[0]); }, {input({4}, 1)});
}

TEST_CASE("layer_norm: empty batches, and what is named") {
  const nn::LayerNorm<float> layer({.normalized_shape = {4}});
  const Variable<float> x(Tensor<float>({0, 4}), true);
  sum(layer(x)).backward();
  CHECK(reference::identical(layer.weight.grad(), Tensor<float>({4})));
  const auto names_of = [](const auto& model) {
    std::string names;
    nn::each_state(model, [&](const std::string& name, const auto&) { names += name + " "; });
    return names;
  };
  CHECK(names_of(layer) == "weight bias ");
  CHECK(names_of(nn::LayerNorm<float>({.normalized_shape = {4}, .bias = false})) == "weight ");
  CHECK(names_of(nn::LayerNorm<float>({.normalized_shape = {4}, .elementwise_affine = false})).empty());
}

TEST_CASE("layer_norm: refuses options and shapes that do not fit") {
  CHECK(message_of<ValueError>([] { nn::LayerNorm<float>({}); }) ==
        "LayerNorm: normalized_shape must have sizes of at least 1, got []");
  CHECK(message_of<ValueError>([] {
          nn::LayerNorm<float>({.normalized_shape = {3, 0}});
        }) == "LayerNorm: normalized_shape must have sizes of at least 1, got [3, 0]");
  CHECK(message_of<ValueError>([] { nn::LayerNorm<float>({.normalized_shape = {3}, .eps = -1}); }) ==
        "LayerNorm: eps must be at least 0, got -1");
  const Variable<float> x(Tensor<float>({2, 3})), wrong(Tensor<float>({2}));
  CHECK(message_of<ShapeError>([&] { layer_norm(x, {2}); }) ==
        "layer_norm: x [2, 3] does not fit, its last axes must be [2]");
  CHECK(message_of<ShapeError>([&] {
          layer_norm(x, {4, 2, 3});
        }) == "layer_norm: x [2, 3] does not fit, its last axes must be [4, 2, 3]");
  CHECK(message_of<ShapeError>([&] { layer_norm(x, {3}, wrong); }) ==
        "layer_norm: weight [2] does not fit, expected [3]");
  CHECK(message_of<ShapeError>([&] { layer_norm(x, {3}, {}, wrong); }) ==
        "layer_norm: bias [2] does not fit, expected [3]");
  CHECK(message_of<ShapeError>([] {
          nn::LayerNormOptions{.normalized_shape = {3}}.output_shape({3, 4});
        }) == "LayerNorm: x [3, 4] does not fit, its last axes must be [3]");
}

static_assert(nn::stack_fits<Shape{8, 5, 4}, Shape{8, 5, 4}, nn::LayerNormOptions{.normalized_shape = {5, 4}}>);
