#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

TEST_CASE("max_pool1d: gives the largest and where they stand; gradients match finite differences") {
  const Variable<double> x(Tensor<double>({1, 6, 1}, {1, 3, 2, 5, 5, 4}));
  const auto result = max_pool1d_with_indices(x, {.kernel = 2});
  CHECK(reference::identical(result.output.value(), Tensor<double>({1, 3, 1}, {3, 5, 5})));
  CHECK(reference::identical(result.indices, Tensor<std::int32_t>({1, 3, 1}, {1, 3, 4})));
  for (const nn::MaxPool1dOptions& o :
       {nn::MaxPool1dOptions{.kernel = 2}, nn::MaxPool1dOptions{.kernel = 3, .stride = 1, .padding = 1},
        nn::MaxPool1dOptions{.kernel = 2, .stride = 4, .dilation = 2, .ceil_mode = true}})
    check_gradients([&](const auto& v) { return max_pool1d(v[0], o); }, {input({2, 7, 3}, 1, -10, 10)});
  static_assert(nn::stack_fits<Shape{4, 100, 8}, Shape{4, 50, 8}, nn::MaxPool1d({.kernel = 2})>);
  static_assert(nn::MaxPool1dOptions{.kernel = 2, .ceil_mode = true}.output_shape({4, 7, 8}) == Shape{4, 4, 8});
  CHECK(nn::MaxPool1d({.kernel = 2})(Variable<double>(Tensor<double>({0, 5, 2}))).shape() == Shape{0, 2, 2});
}

TEST_CASE("max_pool1d: bad options and shapes are named") {
  CHECK(message_of<ValueError>([] { nn::MaxPool1d({.stride = 2}); }) ==
        "MaxPool1d: kernel must be at least 1 and stride at least 0, got kernel 0, stride 2");
  CHECK(message_of<ValueError>([] { nn::MaxPool1d({.kernel = 2, .padding = 2}); }) ==
        "MaxPool1d: padding must be at least 0 and at most half of kernel 2, got 2");
  CHECK(message_of<ValueError>([] { nn::MaxPool1d({.kernel = 2, .dilation = 0}); }) ==
        "MaxPool1d: dilation must be at least 1, got 0");
  CHECK(message_of<ShapeError>([] {
          max_pool1d(input({2, 3}, 1), {.kernel = 2});
        }) == "MaxPool1d: x [2, 3] does not fit, expected x [N, T, C]");
  CHECK(message_of<ShapeError>([] {
          max_pool1d(input({1, 2, 4}, 1), {.kernel = 3});
        }) == "MaxPool1d: x [1, 2, 4] is shorter than kernel 3 with dilation 1 and padding 0");
}
