#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("max and min: values, places and gradients, whole and along each axis") {
  const auto x = input({3, 4, 5}, 1);
  check_gradients([](In v) { return max(v[0]); }, {x});
  check_gradients([](In v) { return min(v[0]); }, {x});
  for (const Index axis : {0, 1, -1}) {
    check_gradients([axis](In v) { return max(v[0], axis).values; }, {x});
    check_gradients([axis](In v) { return min(v[0], axis, true).values; }, {x});
    CHECK(reference::identical(max(x, axis).indices, argmax(x.value(), axis)));
    CHECK(reference::identical(min(x, axis, true).indices, argmin(x.value(), axis, true)));
  }
  CHECK(max(x, 1, true).values.shape() == Shape{3, 1, 5});
  CHECK(argmax(x.value()).shape() == Shape{});
}

TEST_CASE("max: equal elements share the gradient of the whole, along an axis the first has it; NaN is found") {
  const Variable<float> x(Tensor<float>({2, 3}, {1, 4, 4, 4, 0, 2}), true);
  max(x).backward();
  const float third = 1 / 3.0f;
  CHECK(reference::identical(x.grad(), Tensor<float>({2, 3}, {0, third, third, third, 0, 0})));
  x.zero_grad();
  sum(max(x, 1).values).backward();
  CHECK(reference::identical(x.grad(), Tensor<float>({2, 3}, {0, 1, 0, 1, 0, 0})));
  CHECK(argmax(x.value()).item() == 1);
  CHECK(argmin(x.value()).item() == 4);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Variable<float> broken(Tensor<float>({4}, {1, nan, 2, nan}), true);
  const Variable<float> y = min(broken);
  CHECK(std::isnan(y.item()));
  CHECK(argmin(broken.value()).item() == 1);
  y.backward();
  CHECK(reference::identical(broken.grad(), Tensor<float>({4}, {0, 0.5f, 0, 0.5f})));
}

TEST_CASE("max, min, argmax and argmin: there must be elements to choose from") {
  const Variable<float> x(Tensor<float>({2, 0}));
  CHECK(message_of<ShapeError>([&] { max(x); }) == "max: x [2, 0] has no elements");
  CHECK(message_of<ShapeError>([&] { argmin(x.value()); }) == "argmin: x [2, 0] has no elements");
  CHECK(message_of<ShapeError>([&] { min(x, -1); }) == "min: axis -1 of shape [2, 0] has no elements");
  CHECK(message_of<ShapeError>([&] { argmax(x.value(), 2); }) == "argmax: axis 2 does not exist in shape [2, 0]");
  CHECK(max(x, 0).values.shape() == Shape{0});
}
