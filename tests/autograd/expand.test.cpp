#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("expand: gradients are summed over what was repeated") {
  check_gradients([](In v) { return expand(v[0], {4, 2, 3}); }, {input({2, 1}, 1)});
  check_gradients([](In v) { return expand(v[0], {-1, 5, -1}); }, {input({2, 1, 3}, 2)});
  check_gradients([](In v) { return expand(v[0], {2, 2}); }, {input({}, 3)});
  check_gradients([](In v) { return expand(v[0], {2, 3}) * v[0]; }, {input({2, 1}, 4)});
  const Variable<double> x(Tensor<double>({2, 1}, {1, 2}), true);
  const Variable<double> y = expand(x, {2, 3});
  CHECK(y.value() == Tensor<double>({2, 3}, {1, 1, 1, 2, 2, 2}));
  y.backward(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(x.grad() == Tensor<double>({2, 1}, {6, 15}));
  x.zero_grad();
  expand(x, {2, 0}).backward(Tensor<double>({2, 0}));
  CHECK(x.grad() == Tensor<double>({2, 1}));
  CHECK(message_of<ShapeError>([&] {
          expand(x, {3, 1});
        }) == "expand: size 3 of axis 0 is not possible for shape [2, 1]");
}
