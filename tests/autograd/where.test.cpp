#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("where: values and gradients, with broadcasting of all three, conditions of any type") {
  const Tensor<bool> each({2, 3}, {true, false, false, true, true, false});
  const Tensor<float> column({2, 1}, {0, -2});
  check_gradients([&](In v) { return where(each, v[0], v[1]); }, {input({2, 3}, 1), input({3}, 2)});
  check_gradients([&](In v) { return where(column, v[0], v[1]); }, {input({3}, 1), input({}, 2)});
  check_gradients([&](In v) { return where(column, v[0], v[0]); }, {input({3}, 1)});
  const auto a = input({3}, 1), b = input({2, 1}, 2);
  const Tensor<double> y = where(each, a, b).value();
  CHECK(y(0, 0) == a.value()(0));
  CHECK(y(0, 1) == b.value()(0, 0));
  CHECK(y(1, 2) == b.value()(1, 0));
  CHECK(message_of<ShapeError>([&] { where(each, input({4}, 1), b); }) ==
        "where: shapes [2, 3] and [2, 4] do not broadcast, sizes 3 and 4 differ and neither is 1");
}
