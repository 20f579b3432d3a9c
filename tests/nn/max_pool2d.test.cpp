#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("max_pool2d: gradients match finite differences") {
  for (const nn::MaxPool2dOptions& o :
       {nn::MaxPool2dOptions{.kernel = 2}, nn::MaxPool2dOptions{.kernel = 3, .stride = 1, .padding = 1},
        nn::MaxPool2dOptions{.kernel = {2, 3}, .stride = {1, 2}, .padding = {1, 0}},
        nn::MaxPool2dOptions{.kernel = 2, .stride = 1, .dilation = 2},
        nn::MaxPool2dOptions{.kernel = 3, .padding = 1, .ceil_mode = true}}) {
    const GradcheckReport report =
        gradcheck([&](In v) { return max_pool2d(v[0], o); }, {reference::input({2, 5, 6, 3}, 1, -10, 10)});
    INFO(report.text());
    CHECK(report.ok);
  }
}

TEST_CASE("max_pool2d: gives where the largest stand, and checks options and shapes") {
  const Variable<float> x(Tensor<float>({1, 2, 4, 1}, {1, 2, 3, 4, 8, 7, 6, 5}));
  const auto result = max_pool2d_with_indices(x, {.kernel = 2});
  CHECK(result.output.value()(0, 0, 0, 0) == 8);
  CHECK(result.indices(0, 0, 0, 0) == 4);
  CHECK(result.indices(0, 0, 1, 0) == 6);
  const auto narrow = max_pool2d_with_indices(x, {.kernel = {2, 3}, .ceil_mode = true});
  CHECK(reference::identical(narrow.output.value(), Tensor<float>({1, 1, 2, 1}, {8, 5})));
  CHECK(reference::identical(narrow.indices, Tensor<std::int32_t>({1, 1, 2, 1}, {4, 7})));
  static_assert(nn::MaxPool2d({.kernel = 2}).output_shape({64, 28, 28, 16}) == Shape{64, 14, 14, 16});
  static_assert(nn::MaxPool2dOptions{.kernel = 3, .stride = 2, .padding = 1}.output_shape({1, 7, 7, 2}) ==
                Shape{1, 4, 4, 2});
  CHECK(message_of<ValueError>([] { nn::MaxPool2d({.kernel = -1}); }) ==
        "MaxPool2d: kernel must be at least 1 and stride at least 0, got kernel -1, stride 0");
  CHECK(message_of<ValueError>([] {
          nn::MaxPool2d({.kernel = 2, .dilation = {1, 0}});
        }) == "MaxPool2d: dilation must be at least 1, got {1, 0}");
  CHECK(message_of<ShapeError>([] {
          max_pool2d(Variable<float>(Tensor<float>({2, 3})), {.kernel = 2});
        }) == "MaxPool2d: x [2, 3] does not fit, expected x [N, H, W, C]");
  CHECK(message_of<ValueError>([] { nn::MaxPool2d({.kernel = 2, .padding = 2}); }) ==
        "MaxPool2d: padding must be at least 0 and at most half of kernel 2, got 2");
  CHECK(message_of<ValueError>([] { nn::MaxPool2d({.kernel = 2, .padding = -1}); }) ==
        "MaxPool2d: padding must be at least 0 and at most half of kernel 2, got -1");
  CHECK(message_of<ShapeError>([&] { max_pool2d(x, {.kernel = 3}); }) ==
        "MaxPool2d: x [1, 2, 4, 1] is smaller than kernel 3 with dilation 1 and padding 0");
}

TEST_CASE("max_pool2d: a dilated window that meets the image nowhere gives -infinity and passes nothing back") {
  const Variable<double> x(Tensor<double>({1, 1, 1, 3}, {1, 2, 3}), true);
  const auto result = max_pool2d_with_indices(x, {.kernel = 2, .stride = 1, .padding = 1, .dilation = 2});
  CHECK(result.output.shape() == Shape{1, 1, 1, 3});
  CHECK(result.output.value()(0, 0, 0, 2) == -std::numeric_limits<double>::infinity());
  CHECK(std::as_const(result.indices)(0, 0, 0, 2) == -1);
  sum(result.output).backward();
  for (const double d : x.grad().elements()) CHECK(d == 0);
}
