#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("norm: values and gradients of the three norms, whole and along each axis") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const auto x = input({3, 4, 5}, 1);
  for (const double p : {1.0, 2.0, inf}) {
    check_gradients([p](In v) { return norm(v[0], p); }, {x});
    for (const Index axis : {0, 1, -1}) check_gradients([=](In v) { return norm(v[0], p, axis); }, {x});
    CHECK(norm(x, p, 1, true).shape() == Shape{3, 1, 5});
  }
  const Variable<float> y(Tensor<float>({3}, {3, 0, -4}), true);
  CHECK(norm(y).item() == 5);
  CHECK(norm(y, 1).item() == 7);
  CHECK(norm(y, inf).item() == 4);
  const Variable<float> ties(Tensor<float>({3}, {2, 1, -2}), true), zero(Tensor<float>({2}), true);
  norm(ties, inf).backward();
  CHECK(reference::identical(ties.grad(), Tensor<float>({3}, {0.5f, 0, -0.5f})));
  norm(zero).backward();
  CHECK(reference::identical(zero.grad(), Tensor<float>({2})));
  CHECK(norm(Variable<float>(Tensor<float>({2}, {3e38f, 0}))).item() == 3e38f);
  CHECK(norm(Variable<float>(Tensor<float>({0}))).item() == 0);
  CHECK(message_of<ValueError>([&] { norm(y, 3); }) == "norm: p must be 1, 2 or infinity, got 3");
  CHECK(message_of<ShapeError>([&] {
          norm(Variable<float>(Tensor<float>({2, 0})), inf, 1);
        }) == "norm: x [2, 0] has no elements, whose largest would be taken");
  CHECK(message_of<ShapeError>([&] { norm(x, 2, 3); }) == "norm: axis 3 does not exist in shape [3, 4, 5]");
}
