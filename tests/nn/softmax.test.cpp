#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

TEST_CASE("softmax: values, and log_softmax their logarithm") {
  const Variable<double> x(Tensor<double>({2, 2}, {0, std::log(3.0), 1000, 1000}));
  const Tensor<double> y = softmax(x).value(), logarithm = log_softmax(x).value();
  CHECK(reference::difference(y, Tensor<double>({2, 2}, {0.25, 0.75, 0.5, 0.5})) < 1e-15);
  CHECK(reference::difference(
            logarithm, Tensor<double>({2, 2}, {std::log(0.25), std::log(0.75), std::log(0.5), std::log(0.5)})) < 1e-15);
  const Tensor<double> down = softmax(x, 0).value();
  CHECK(down(0, 0) == 0);
  CHECK(down(1, 0) == 1);
  CHECK(reference::identical(nn::Softmax({.axis = 0})(x).value(), down));
  CHECK(reference::identical(nn::Softmax{}(x).value(), y));
  CHECK(reference::identical(nn::LogSoftmax{}(x).value(), logarithm));
  CHECK(log_softmax(x, -2).value()(0, 0) == -1000);
}

TEST_CASE("softmax: gradients along every axis match finite differences") {
  using In = const std::vector<Variable<double>>&;
  const auto x = input({2, 3, 5}, 1, -2, 2);
  for (Index axis : {0, 1, -1}) {
    check_gradients([=](In v) { return softmax(v[0], axis); }, {x});
    check_gradients([=](In v) { return log_softmax(v[0], axis); }, {x});
  }
  check_gradients([](In v) { return softmax(v[0]) + log_softmax(v[0]) + v[0]; }, {input({3, 11}, 2)});
}

TEST_CASE("softmax: what is minus infinity everywhere is NaN, a single one has probability 0") {
  const float low = -std::numeric_limits<float>::infinity();
  const Variable<float> x(Tensor<float>({2, 3}, {low, low, low, low, 1, 1}));
  const Tensor<float> y = softmax(x).value(), logarithm = log_softmax(x).value();
  for (Index j = 0; j < 3; ++j) CHECK((std::isnan(y(0, j)) && std::isnan(logarithm(0, j))));
  CHECK(y(1, 0) == 0);
  CHECK(y(1, 1) == 0.5f);
  CHECK(logarithm(1, 0) == low);
}

TEST_CASE("softmax: empty shapes and axes give empty results") {
  for (const Shape& shape : {Shape{0, 3}, Shape{3, 0}, Shape{2, 0, 4}})
    for (Index axis : {0, 1}) {
      const Variable<float> x(Tensor<float>(shape), true);
      CHECK(softmax(x, axis).shape() == shape);
      log_softmax(x, axis).backward(Tensor<float>(shape));
      CHECK(x.grad().shape() == shape);
    }
}

TEST_CASE("softmax: an axis that does not exist is refused, by functions and layers") {
  const Variable<float> x(Tensor<float>({2, 3}));
  CHECK(message_of<ShapeError>([&] { softmax(x, 2); }) == "softmax: axis 2 does not exist in shape [2, 3]");
  CHECK(message_of<ShapeError>([&] { log_softmax(x, -3); }) == "log_softmax: axis -3 does not exist in shape [2, 3]");
  CHECK(message_of<ShapeError>([&] { nn::Softmax({.axis = 1}).output_shape({4}); }) ==
        "Softmax: axis 1 does not exist in shape [4]");
  CHECK(message_of<ShapeError>([&] { nn::LogSoftmax({.axis = 1}).output_shape({4}); }) ==
        "LogSoftmax: axis 1 does not exist in shape [4]");
  static_assert(nn::stack_fits<Shape{8, 10}, Shape{8, 10}, nn::Softmax{}, nn::LogSoftmax({.axis = 0})>);
}
