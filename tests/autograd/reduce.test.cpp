#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("sum and mean: whole and along an axis") {
  for (const Shape& shape : {Shape{1}, Shape{3, 5}, Shape{2, 3, 4}}) {
    const auto x = input(shape, 1);
    check_gradients([](In v) { return sum(v[0]); }, {x});
    check_gradients([](In v) { return mean(v[0]); }, {x});
    for (Index axis = -shape.rank(); axis < shape.rank(); ++axis)
      for (bool keep : {false, true}) {
        check_gradients([&](In v) { return sum(v[0], axis, keep); }, {x});
        check_gradients([&](In v) { return mean(v[0], axis, keep); }, {x});
      }
  }
  const Variable<float> x(Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(sum(x).item() == 21);
  CHECK(mean(x).item() == 3.5f);
  CHECK(sum(x, 0).value()(2) == 9);
  CHECK(mean(x, 1).value()(1) == 5);
  CHECK(sum(x, -1, true).shape() == Shape{2, 1});
  CHECK(sum(x, 0).shape() == Shape{3});
  CHECK(message_of<ShapeError>([&] { sum(x, 2); }) == "sum: axis 2 does not exist in shape [2, 3]");
  CHECK(message_of<ShapeError>([&] { mean(x, -3, true); }) == "mean: axis -3 does not exist in shape [2, 3]");
}

TEST_CASE("sum and mean: more terms than a float counts to") {
  constexpr Index count = (Index{1} << 24) + 4096;
  const Variable<float> ones(Tensor<float>::full({count}, 1));
  CHECK(sum(ones).item() == static_cast<float>(count));
  CHECK(sum(ones, 0).item() == static_cast<float>(count));
  CHECK(mean(ones, 0).item() == 1);
  CHECK(sum(reshape(ones, {count / 2, 2}), 0).value()(1) == static_cast<float>(count / 2));

  const Variable<float> shift(Tensor<float>({1}), true);
  sum(reshape(ones, {2, count / 2}) + shift).backward();
  CHECK(shift.grad()(0) == static_cast<float>(count));
}
