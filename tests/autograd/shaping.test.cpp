#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("reshape, permute and transpose: values and gradients") {
  const auto x = input({2, 3, 4}, 1);
  check_gradients([](In v) { return reshape(v[0], {4, -1}); }, {x});
  check_gradients([](In v) { return permute(v[0], {2, 0, 1}); }, {x});
  check_gradients([](In v) { return permute(v[0], {1, -1, 0}); }, {x});
  check_gradients([](In v) { return transpose(v[0]); }, {x});
  check_gradients([](In v) { return transpose(v[0], 0, 2); }, {x});
  CHECK(reshape(x, {-1}).shape() == Shape{24});
  const Tensor<double> y = permute(x, {2, 0, 1}).value();
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 4; ++k) CHECK(y(k, i, j) == x.value()(i, j, k));
  CHECK(message_of<ShapeError>([&] {
          reshape(x, {5, -1});
        }) == "reshape: [2, 3, 4] cannot be divided into parts of 5 elements");
  CHECK(message_of<ShapeError>([&] { reshape(x, {-1, -1}); }) == "reshape: at most one size may be -1, got 2");
  CHECK(message_of<ShapeError>([&] {
          reshape(x, {24, -2});
        }) == "reshape: sizes must be at least 0, got -2 behind [24]");
  CHECK(message_of<ShapeError>([&] {
          reshape(x, {2, 3, 4, 1, 1, 1, 1});
        }) == "reshape: at most 6 sizes expected, got [2, 3, 4, 1, 1, 1] and 1");
  for (const Index last : {Index{-1}, Index{1} << 40})
    CHECK(message_of<ShapeError>([&] {
            reshape(x, {Index{1} << 40, Index{1} << 40, last});
          }) == "reshape: [1099511627776] times 1099511627776 elements are too large for memory");
  CHECK(message_of<ShapeError>([&] {
          reshape(x, {5, 5});
        }) == "reshape: [2, 3, 4] does not have the elements of [5, 5]");
  CHECK(message_of<ShapeError>([&] { permute(x, {0, 1}); }) == "permute: 2 axes given for shape [2, 3, 4]");
  CHECK(message_of<ShapeError>([&] { permute(x, {0, 1, 3}); }) == "permute: axis 3 does not exist in shape [2, 3, 4]");
  CHECK(message_of<ShapeError>([&] { transpose(x, 0, 3); }) == "transpose: axis 3 does not exist in shape [2, 3, 4]");
  CHECK(message_of<ShapeError>([&] { transpose(x, -4); }) == "transpose: axis -4 does not exist in shape [2, 3, 4]");
  CHECK(message_of<ShapeError>([&] { permute(x, {0, 0, 1}); }) == "permute: axis 0 is given twice for shape [2, 3, 4]");
}

TEST_CASE("slice and concat: values and gradients") {
  const auto x = input({3, 4, 5}, 1), y = input({3, 2, 5}, 2);
  for (Index axis : {0, 1, 2, -1}) {
    check_gradients([&](In v) { return slice(v[0], axis, 1, 3); }, {x});
    CHECK(slice(x, axis, 2, 2).numel() == 0);
    check_gradients([&](In v) { return concat<double>({v[0], v[0]}, axis); }, {x});
  }
  check_gradients([](In v) { return concat<double>({v[0], v[1], v[0]}, 1); }, {x, y});
  const Tensor<double> both = concat<double>({x, y}, 1).value();
  CHECK(both.shape() == Shape{3, 6, 5});
  CHECK(both(2, 5, 3) == y.value()(2, 1, 3));
  CHECK(reference::identical(slice(Variable<double>(both), 1, 0, 4).value(), x.value()));
  CHECK(message_of<ShapeError>([&] {
          concat<double>({x, y}, 0);
        }) == "concat: [3, 2, 5] does not fit [3, 4, 5] along axis 0");
  CHECK(message_of<ShapeError>([&] {
          concat<double>({x, y}, 3);
        }) == "concat: axis 3 does not exist in shape [3, 4, 5]");
  CHECK(message_of<ShapeError>([] { concat(std::vector<Variable<double>>{}, 0); }) ==
        "concat: at least one part expected, got none");
  CHECK(message_of<ShapeError>([&] { slice(x, -4, 0, 1); }) == "slice: axis -4 does not exist in shape [3, 4, 5]");
  CHECK(message_of<ShapeError>([&] { slice(x, 1, 3, 5); }) == "slice: [3, 5) is not within axis 1 of shape [3, 4, 5]");
}
