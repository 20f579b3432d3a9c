#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;

TEST_CASE("Select: one place of an axis, by default the last step of sequences") {
  const auto x = reference::input({2, 3, 4}, 1);
  const Tensor<double> last = nn::Select{}(x).value(), front = nn::Select({.axis = -1, .index = 0})(x).value();
  CHECK(last.shape() == Shape{2, 4});
  CHECK(last(1, 3) == x.value()(1, 2, 3));
  CHECK(front.shape() == Shape{2, 3});
  CHECK(front(1, 2) == x.value()(1, 2, 0));
  static_assert(nn::stack_fits<Shape{5, 7, 3}, Shape{5, 2}, nn::GRUOptions{.in = 3, .hidden = 4}, nn::Select{},
                               nn::LinearOptions{.in = 4, .out = 2}>);
  CHECK(nn::Select({.axis = 0, .index = 1}).output_shape({2, 3, 4}) == Shape{3, 4});
  CHECK(message_of<ShapeError>([] {
          nn::Select({.axis = 1, .index = 3}).output_shape({2, 3, 4});
        }) == "Select: index 3 is not within axis 1 of shape [2, 3, 4]");
  CHECK(message_of<ShapeError>([] { nn::Select{}.output_shape({2}); }) == "Select: axis 1 does not exist in shape [2]");
}
