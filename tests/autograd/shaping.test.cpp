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
  CHECK(message_of<ShapeError>([&] { slice(x, 1, 3, 5); }) == "slice: [3, 5) is not within axis 1 of shape [3, 4, 5]");
}
