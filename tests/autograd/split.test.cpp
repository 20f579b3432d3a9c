#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("stack: values and gradients along each new axis") {
  const auto x = input({2, 3}, 1), y = input({2, 3}, 2);
  for (const Index axis : {0, 1, 2, -1, -3})
    check_gradients([&](In v) { return stack<double>({v[0], v[1], v[0]}, axis); }, {x, y});
  const Tensor<double> both = stack<double>({x, y}, 1).value();
  CHECK(both.shape() == Shape{2, 2, 3});
  CHECK(both(1, 1, 2) == y.value()(1, 2));
  CHECK(stack(std::vector{x, y}).shape() == Shape{2, 2, 3});
  CHECK(message_of<ShapeError>([] { stack(std::vector<Variable<double>>{}); }) ==
        "stack: at least one part expected, got none");
  CHECK(message_of<ShapeError>([&] { stack<double>({x, input({3, 2}, 1)}); }) == "stack: [3, 2] does not fit [2, 3]");
  CHECK(message_of<ShapeError>([&] {
          stack<double>({x, y}, 3);
        }) == "stack: a new axis 3 is not possible for parts of shape [2, 3]");
}

TEST_CASE("split and chunk: parts of given sizes, of one size, of one number") {
  const auto x = input({7, 2}, 1);
  const auto shapes = [](const std::vector<Variable<double>>& parts) {
    std::vector<Index> result;
    for (const auto& part : parts) result.push_back(part.size(0));
    return result;
  };
  CHECK(shapes(split(x, {4, 0, 3})) == std::vector<Index>{4, 0, 3});
  CHECK(shapes(split(x, 3)) == std::vector<Index>{3, 3, 1});
  CHECK(shapes(split(x, 9, -2)) == std::vector<Index>{7});
  CHECK(shapes(chunk(x, 3)) == std::vector<Index>{3, 3, 1});
  CHECK(shapes(chunk(x, 5)) == std::vector<Index>{2, 2, 2, 1});
  CHECK(shapes(chunk(slice(x, 0, 0, 0), 2)) == std::vector<Index>{0, 0});
  CHECK(shapes(split(slice(x, 0, 0, 0), 2)) == std::vector<Index>{0});
  CHECK(split(x, 1, 1)[1].value()(6, 0) == x.value()(6, 1));
  check_gradients(
      [](In v) {
        const auto parts = split(v[0], 3);
        return parts[0] * parts[1];
      },
      {x});
  CHECK(message_of<ShapeError>([&] {
          split(x, {4, 4});
        }) == "split: sizes that add up to 8 do not fit axis 0 of shape [7, 2]");
  CHECK(message_of<ShapeError>([&] { split(x, {8, -1}); }) == "split: sizes must be at least 0, got -1");
  CHECK(message_of<ShapeError>([&] { split(x, 0); }) == "split: a size of at least 1 expected, got 0");
  CHECK(message_of<ShapeError>([&] { chunk(x, 0); }) == "chunk: at least 1 chunk expected, got 0");
}
