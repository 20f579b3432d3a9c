#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("select: one place of an axis, which disappears, and its gradient") {
  const auto x = input({2, 3, 4}, 1);
  const Tensor<double> last = select(x, 1, -1).value(), front = select(x, -3, 1).value();
  CHECK(last.shape() == Shape{2, 4});
  CHECK(front.shape() == Shape{3, 4});
  CHECK(last(1, 3) == x.value()(1, 2, 3));
  CHECK(front(2, 3) == x.value()(1, 2, 3));
  for (const Index axis : {0, 1, 2, -1})
    for (const Index index : {0, 1, -1, -2}) check_gradients([&](In v) { return select(v[0], axis, index); }, {x});
  CHECK(message_of<ShapeError>([&] { select(x, 1, 3); }) == "select: index 3 is not within axis 1 of shape [2, 3, 4]");
  CHECK(message_of<ShapeError>([&] { select(x, -2, -4); }) ==
        "select: index -4 is not within axis 1 of shape [2, 3, 4]");
  CHECK(message_of<ShapeError>([&] { select(x, 3, 0); }) == "select: axis 3 does not exist in shape [2, 3, 4]");
}
