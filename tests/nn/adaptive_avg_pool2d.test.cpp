#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

TEST_CASE("adaptive_avg_pool2d: windows cover the image; one of them averages all of it") {
  const Variable<double> x(Tensor<double>({1, 1, 5, 2}, {1, 10, 2, 20, 3, 30, 4, 40, 5, 50}));
  CHECK(reference::identical(adaptive_avg_pool2d(x, {.output = 1}).value(), Tensor<double>({1, 1, 1, 2}, {3, 30})));
  CHECK(reference::identical(adaptive_avg_pool2d(x, {.output = {1, 3}}).value(),
                             Tensor<double>({1, 1, 3, 2}, {1.5, 15, 3, 30, 4.5, 45})));
  for (const nn::Extent output : {nn::Extent(1), nn::Extent(2, 3), nn::Extent(7, 4)})
    check_gradients([&](const auto& v) { return adaptive_avg_pool2d(v[0], {.output = output}); },
                    {input({2, 5, 6, 3}, 1)});
}

TEST_CASE("adaptive_avg_pool2d: the output's size is known at compile time, bad options and shapes are named") {
  static_assert(
      nn::stack_fits<Shape{64, 7, 7, 512}, Shape{64, 512}, nn::AdaptiveAvgPool2d({.output = 1}), nn::Flatten{}>);
  CHECK(nn::AdaptiveAvgPool2d({.output = 2})(input({0, 5, 5, 2}, 1)).shape() == Shape{0, 2, 2, 2});
  CHECK(message_of<ValueError>([] { nn::AdaptiveAvgPool2d({}); }) ==
        "AdaptiveAvgPool2d: output must be at least 1, got 0");
  CHECK(message_of<ShapeError>([] {
          adaptive_avg_pool2d(input({2, 0, 4, 1}, 1), {.output = 1});
        }) == "AdaptiveAvgPool2d: x [2, 0, 4, 1] does not fit, expected x [N, H, W, C], H and W at least 1");
}
