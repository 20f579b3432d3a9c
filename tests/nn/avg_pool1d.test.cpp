#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

TEST_CASE("avg_pool1d: averages windows, and gradients match finite differences") {
  const Variable<double> x(Tensor<double>({1, 5, 1}, {1, 3, 2, 6, 9}));
  CHECK(reference::identical(avg_pool1d(x, {.kernel = 2}).value(), Tensor<double>({1, 2, 1}, {2, 4})));
  CHECK(reference::identical(avg_pool1d(x, {.kernel = 2, .ceil_mode = true}).value(),
                             Tensor<double>({1, 3, 1}, {2, 4, 9})));
  for (const nn::AvgPool1dOptions& o :
       {nn::AvgPool1dOptions{.kernel = 2}, nn::AvgPool1dOptions{.kernel = 3, .stride = 1, .padding = 1},
        nn::AvgPool1dOptions{.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}})
    check_gradients([&](const auto& v) { return avg_pool1d(v[0], o); }, {input({2, 6, 3}, 1)});
  static_assert(nn::stack_fits<Shape{4, 100, 8}, Shape{4, 50, 8}, nn::AvgPool1d({.kernel = 2})>);
  CHECK(nn::AvgPool1d({.kernel = 2})(input({0, 5, 2}, 1)).shape() == Shape{0, 2, 2});
}

TEST_CASE("avg_pool1d: bad options and shapes are named") {
  CHECK(message_of<ValueError>([] { nn::AvgPool1d({.kernel = 2, .stride = -1}); }) ==
        "AvgPool1d: kernel must be at least 1 and stride at least 0, got kernel 2, stride -1");
  CHECK(message_of<ShapeError>([] {
          avg_pool1d(input({2, 3}, 1), {.kernel = 2});
        }) == "AvgPool1d: x [2, 3] does not fit, expected x [N, T, C], T at least 1");
  CHECK(message_of<ShapeError>([] {
          avg_pool1d(input({1, 2, 4}, 1), {.kernel = 3});
        }) == "AvgPool1d: x [1, 2, 4] is shorter than kernel 3 with padding 0");
}
