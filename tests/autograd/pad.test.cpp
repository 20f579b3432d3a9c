#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::identical;
using reference::input;

TEST_CASE("pad: puts elements around those of an axis, in all modes") {
  const Variable<double> x(Tensor<double>({4}, {1, 2, 3, 4}));
  CHECK(identical(pad(x, {{0, 2, 1}}).value(), Tensor<double>({7}, {0, 0, 1, 2, 3, 4, 0})));
  CHECK(identical(pad(x, {{0, 2, 1}}, PaddingMode::constant, 9).value(), Tensor<double>({7}, {9, 9, 1, 2, 3, 4, 9})));
  CHECK(identical(pad(x, {{0, 2, 1}}, PaddingMode::reflect).value(), Tensor<double>({7}, {3, 2, 1, 2, 3, 4, 3})));
  CHECK(identical(pad(x, {{0, 2, 1}}, PaddingMode::replicate).value(), Tensor<double>({7}, {1, 1, 1, 2, 3, 4, 4})));
  CHECK(identical(pad(x, {{0, 2, 1}}, PaddingMode::circular).value(), Tensor<double>({7}, {3, 4, 1, 2, 3, 4, 1})));
  CHECK(identical(pad(x, {{-1, -1, 1}}).value(), Tensor<double>({4}, {2, 3, 4, 0})));
  CHECK(identical(pad(x, {}).value(), x.value()));
  const Variable<double> matrix(Tensor<double>({2, 2}, {1, 2, 3, 4}));
  CHECK(identical(pad(matrix, {{0, 1, 0}, {1, 0, 1}}, PaddingMode::replicate).value(),
                  Tensor<double>({3, 3}, {1, 2, 2, 1, 2, 2, 3, 4, 4})));
}

TEST_CASE("pad: gradients match finite differences; cut off elements have none") {
  for (const auto mode : {PaddingMode::constant, PaddingMode::reflect, PaddingMode::replicate, PaddingMode::circular})
    check_gradients(
        [&](const auto& v) {
          return pad(v[0], {{1, 2, 1}, {2, 0, 3}, {3, 0, 0}}, mode, 2);
        },
        {input({2, 3, 4, 2}, 1)});
  check_gradients([](const auto& v) { return pad(v[0], {{1, -1, 2}}, PaddingMode::reflect); }, {input({2, 4, 2}, 1)});
  const Variable<double> empty(Tensor<double>({0, 3}), true);
  pad(empty, {{1, 1, 1}}, PaddingMode::reflect).backward(Tensor<double>({0, 5}));
  CHECK(empty.grad().shape() == Shape{0, 3});
}

TEST_CASE("pad: what does not fit is named") {
  const Variable<double> x = input({2, 3}, 1);
  const auto text = [&](std::initializer_list<AxisPadding> padding, PaddingKind mode) {
    return message_of<ShapeError>([&] { pad(x, padding, mode); });
  };
  CHECK(text({{2, 1, 1}}, PaddingMode::constant) == "pad: axis 2 does not exist in shape [2, 3]");
  CHECK(text({{1, 1, 1}, {-1, 0, 0}}, PaddingMode::constant) == "pad: axis -1 is given twice for shape [2, 3]");
  CHECK(text({{1, -2, -2}}, PaddingMode::constant) ==
        "pad: padding -2 and -2 is too little or too much for axis 1 of shape [2, 3]");
  CHECK(text({{1, Index{1} << 41, 0}}, PaddingMode::constant) ==
        "pad: padding 2199023255552 and 0 is too little or too much for axis 1 of shape [2, 3]");
  CHECK(text({{1, 0, 3}}, PaddingMode::reflect) ==
        "pad: reflect padding 0 and 3 must be smaller than axis 1 of shape [2, 3]");
  CHECK(text({{0, 3, 0}}, PaddingMode::circular) ==
        "pad: circular padding 3 and 0 must be at least 0 and at most axis 0 of shape [2, 3]");
  CHECK(message_of<ShapeError>([&] {
          pad(slice(x, 1, 0, 0), {{1, 0, 1}}, PaddingMode::replicate);
        }) == "pad: replicate padding needs elements along axis 1 of shape [2, 0]");
}
