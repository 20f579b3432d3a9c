#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("cumsum: values and gradients along each axis") {
  const auto x = reference::input({2, 3, 4}, 1);
  for (const Index axis : {0, 1, -1}) check_gradients([axis](In v) { return cumsum(v[0], axis) * v[0]; }, {x});
  const Tensor<float> y = cumsum(Variable<float>(Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6})), 1).value();
  CHECK(reference::identical(y, Tensor<float>({2, 3}, {1, 3, 6, 4, 9, 15})));
  CHECK(message_of<ShapeError>([&] { cumsum(x, 3); }) == "cumsum: axis 3 does not exist in shape [2, 3, 4]");
}
