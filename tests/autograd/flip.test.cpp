#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("flip: values and gradients along each axis") {
  const auto x = reference::input({2, 3, 4}, 1);
  for (const Index axis : {0, 1, -1}) check_gradients([axis](In v) { return flip(v[0], axis) * v[0]; }, {x});
  const Tensor<double> y = flip(x, 1).value();
  CHECK(y(1, 0, 3) == x.value()(1, 2, 3));
  CHECK(flip(Variable<float>(Tensor<float>({0, 3})), 0).numel() == 0);
  CHECK(message_of<ShapeError>([&] { flip(x, 3); }) == "flip: axis 3 does not exist in shape [2, 3, 4]");
}
