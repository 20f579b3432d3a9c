#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("sum along several axes: values and gradients") {
  const auto x = reference::input({2, 3, 4, 2}, 1);
  for (const std::vector<Index>& axes : {std::vector<Index>{0}, {1, -1}, {3, 0, 2}, {0, 1, 2, 3}, {}}) {
    const std::span<const Index> all(axes);
    check_gradients([&](In v) { return sum(v[0], all); }, {x});
    check_gradients([&](In v) { return sum(v[0], all, true); }, {x});
  }
  const Tensor<double> y = sum(x, {0, 2}).value(), kept = sum(x, {0, 2}, true).value();
  CHECK(y.shape() == Shape{3, 2});
  CHECK(kept.shape() == Shape{1, 3, 1, 2});
  const Tensor<double> one_by_one = sum(sum(x, 2), 0).value();
  CHECK(reference::difference(y, one_by_one) < 1e-14);
  check_gradients([](In v) { return mean(v[0], {-1, 1}, true); }, {x});
  CHECK(reference::difference(mean(x, {0, 2}).value(), mean(mean(x, 2), 0).value()) < 1e-14);
  CHECK(mean(x, {}).shape() == x.shape());
  CHECK(std::isnan(mean(Variable<double>(Tensor<double>({0, 2})), {0, 1}).item()));
  CHECK(message_of<ShapeError>([&] { sum(x, {1, -3}); }) == "sum: axis -3 is given twice for shape [2, 3, 4, 2]");
  CHECK(message_of<ShapeError>([&] { sum(x, {4}); }) == "sum: axis 4 does not exist in shape [2, 3, 4, 2]");
}
