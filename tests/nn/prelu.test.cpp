#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("prelu: values, gradients, one slope or one for each channel") {
  const auto prelu_of = [](In v) { return prelu(v[0], v[1]); };
  check_gradients(prelu_of, {input({4, 3}, 1), input({3}, 2)});
  check_gradients(prelu_of, {input({2, 3, 5, 2}, 1), input({1}, 2)});
  check_gradients([](In v) { return prelu(v[0], v[0]); }, {input({3}, 1)});
  const Variable<float> x(Tensor<float>({2, 2}, {-4, 1, 2, -8}));
  const nn::PReLU<> one, each({.parameters = 2, .init = 0.5});
  CHECK(one(x).value()(0, 0) == -1);
  CHECK(one(x).value()(1, 0) == 2);
  CHECK(each(x).value()(1, 1) == -4);
  const auto named = nn::named_parameters(each);
  CHECK(named.size() == 1);
  CHECK(named[0].first == "weight");
  CHECK(named[0].second.shape() == Shape{2});
  CHECK(each.output_shape({5, 2}) == Shape{5, 2});
  CHECK(one(Variable<float>(Tensor<float>({0, 3}))).shape() == Shape{0, 3});
  CHECK(message_of<ShapeError>([&] { prelu(x, Variable<float>(Tensor<float>({3}))); }) ==
        "prelu: weight [3] does not fit x [2, 2], expected [1] or [2]");
  CHECK(message_of<ShapeError>([&] {
          each.output_shape({2, 3});
        }) == "PReLU: x [2, 3] does not fit, expected x [.., 2]");
  CHECK(message_of<ValueError>([] { nn::PReLU<>({.parameters = 0}); }) ==
        "PReLU: parameters must be at least 1, got 0");
}
