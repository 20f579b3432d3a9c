#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

TEST_CASE("avg_pool2d: averages windows; padding counts unless told otherwise, what ceil_mode adds does not") {
  const Variable<double> x(Tensor<double>({1, 2, 3, 1}, {1, 2, 6, 3, 4, 12}));
  const auto averages = [&](const nn::AvgPool2dOptions& o) { return avg_pool2d(x, o).value(); };
  CHECK(reference::identical(averages({.kernel = 2}), Tensor<double>({1, 1, 1, 1}, {2.5})));
  CHECK(reference::identical(averages({.kernel = 2, .ceil_mode = true}), Tensor<double>({1, 1, 2, 1}, {2.5, 9})));
  CHECK(reference::identical(averages({.kernel = 2, .padding = 1}), Tensor<double>({1, 2, 2, 1}, {0.25, 2, 0.75, 4})));
  CHECK(reference::identical(averages({.kernel = 2, .padding = 1, .count_include_pad = false}),
                             Tensor<double>({1, 2, 2, 1}, {1, 4, 3, 8})));
  CHECK(reference::identical(averages({.kernel = 2, .divisor_override = 5}), Tensor<double>({1, 1, 1, 1}, {2})));
}

TEST_CASE("avg_pool2d: gradients match finite differences") {
  for (const nn::AvgPool2dOptions& o :
       {nn::AvgPool2dOptions{.kernel = 2}, nn::AvgPool2dOptions{.kernel = 3, .stride = 1, .padding = 1},
        nn::AvgPool2dOptions{.kernel = {2, 3}, .stride = {3, 2}, .padding = {1, 0}, .ceil_mode = true},
        nn::AvgPool2dOptions{.kernel = 3, .padding = 1, .count_include_pad = false},
        nn::AvgPool2dOptions{.kernel = 2, .stride = 1, .divisor_override = 3}})
    check_gradients([&](const auto& v) { return avg_pool2d(v[0], o); }, {input({2, 5, 6, 3}, 1)});
}

TEST_CASE("avg_pool2d: the output's size is known at compile time, bad options and shapes are named") {
  static_assert(nn::stack_fits<Shape{64, 28, 28, 16}, Shape{64, 14, 14, 16}, nn::AvgPool2d({.kernel = 2})>);
  static_assert(
      nn::stack_fits<Shape{64, 7, 7, 16}, Shape{64, 4, 4, 16}, nn::AvgPool2dOptions{.kernel = 2, .ceil_mode = true}>);
  CHECK(nn::AvgPool2d({.kernel = 2})(input({0, 5, 5, 2}, 1)).shape() == Shape{0, 2, 2, 2});
  CHECK(message_of<ValueError>([] { nn::AvgPool2d({.kernel = 0}); }) ==
        "AvgPool2d: kernel must be at least 1 and stride at least 0, got kernel 0, stride 0");
  CHECK(message_of<ValueError>([] {
          nn::AvgPool2d({.kernel = 2, .padding = {1, 2}});
        }) == "AvgPool2d: padding must be at least 0 and at most half of kernel 2, got {1, 2}");
  CHECK(message_of<ShapeError>([] {
          avg_pool2d(input({2, 3, 4}, 1), {.kernel = 2});
        }) == "AvgPool2d: x [2, 3, 4] does not fit, expected x [N, H, W, C], H and W at least 1");
  CHECK(message_of<ShapeError>([] {
          avg_pool2d(input({1, 2, 4, 1}, 1), {.kernel = 3});
        }) == "AvgPool2d: x [1, 2, 4, 1] is smaller than kernel 3 with padding 0");
}
