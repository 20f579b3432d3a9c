#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("conv_transpose2d: gradients of x, weight and bias match finite differences") {
  using Options = nn::ConvTranspose2dOptions;
  for (const Options& o :
       {Options{.in = 1, .out = 1, .kernel = 1},
        Options{.in = 3, .out = 2, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1},
        Options{.in = 2, .out = 5, .kernel = {2, 3}, .stride = {3, 1}, .padding = {0, 1}, .output_padding = {2, 0}},
        Options{.in = 4, .out = 6, .kernel = 2, .stride = 2, .dilation = 2, .groups = 2},
        Options{.in = 2, .out = 2, .kernel = 1, .stride = 2, .output_padding = 1}}) {
    const GradcheckReport report = gradcheck(
        [&](In v) { return conv_transpose2d(v[0], v[1], v[2], o); },
        {input({2, 3, 4, o.in}, 1), input({o.in, o.out / o.groups, o.kernel.h, o.kernel.w}, 2), input({o.out}, 3)});
    INFO(report.text());
    CHECK(report.ok);
  }
}

TEST_CASE("conv_transpose2d: every pixel paints the kernel, the study's sizes double") {
  // One input pixel at (1, 1), stride 2, padding 1: the kernel's corner stands at 1 * 2 - 1 = 1.
  Tensor<float> x({1, 3, 3, 1});
  x(0, 1, 1, 0) = 1;
  const Variable<float> w(Tensor<float>({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})), b(Tensor<float>({1}, {100}));
  const nn::ConvTranspose2dOptions options{
      .in = 1, .out = 1, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1};
  const Tensor<float> y = conv_transpose2d(Variable<float>(x), w, b, options).value();
  CHECK(y.shape() == Shape{1, 6, 6, 1});
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) {
      const bool painted = i >= 1 && i <= 3 && j >= 1 && j <= 3;
      CHECK(y(0, i, j, 0) == 100 + (painted ? static_cast<float>(3 * (i - 1) + j) : 0));
    }
  static_assert(
      nn::ConvTranspose2dOptions{.in = 32, .out = 16, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1}
          .output_shape({64, 7, 7, 32}) == Shape{64, 14, 14, 16});
}

TEST_CASE("conv_transpose2d: begins as PyTorch's does, and bad options are named") {
  Rng rng(1);
  const nn::ConvTranspose2d layer({.in = 32, .out = 16, .kernel = 3}, rng);
  CHECK(layer.weight.shape() == Shape{32, 16, 3, 3});
  float largest = 0;
  for (float w : layer.weight.value().elements()) largest = std::max(largest, std::abs(w));
  CHECK(largest <= 1.0f / 12);
  CHECK(largest > 0.083f);
  CHECK(message_of<ValueError>([&] {
          nn::ConvTranspose2d({.in = 1, .out = 1, .kernel = 3, .stride = 2, .output_padding = 2}, rng);
        }) == "ConvTranspose2d: output_padding must be at least 0 and smaller than stride 2 or dilation 1, got 2");
  CHECK(message_of<ShapeError>([&] {
          layer(Variable<float>(Tensor<float>({2, 7, 7, 1})));
        }) == "ConvTranspose2d: x [2, 7, 7, 1] does not fit, expected x [N, H, W, 32], H and W at least 1");
  CHECK(message_of<ShapeError>([&] {
          layer(Variable<float>(Tensor<float>({2, 0, 7, 32})));
        }) == "ConvTranspose2d: x [2, 0, 7, 32] does not fit, expected x [N, H, W, 32], H and W at least 1");
  CHECK(message_of<ShapeError>([] {
          const Variable<float> x(Tensor<float>({1, 3, 3, 1})), weight(Tensor<float>({1, 2, 1, 1}));
          conv_transpose2d(x, weight, x, {.in = 1, .out = 2, .kernel = 1});
        }) == "conv_transpose2d: bias [1, 3, 3, 1] does not fit, expected [2]");
  const Variable<float> image(Tensor<float>({1, 1, 1, 2})), weight(Tensor<float>({2, 2, 1, 1}));
  CHECK(message_of<ShapeError>([&] {
          conv_transpose2d(image, weight, Variable<float>(), {.in = 2, .out = 3, .kernel = 1});
        }) == "conv_transpose2d: weight [2, 2, 1, 1] does not fit, expected [2, 3, 1, 1]");
  CHECK(message_of<ShapeError>([&] {
          conv_transpose2d(image, weight, Variable<float>(), {.in = 2, .out = 2, .kernel = 1, .padding = 1});
        }) == "ConvTranspose2d: x [1, 1, 1, 2] with kernel 1 and padding 1 leaves no output");
  CHECK(message_of<ValueError>([&] { nn::ConvTranspose2d({.out = 2, .kernel = 1}, rng); }) ==
        "ConvTranspose2d: in and out must be at least 1, got in 0 and out 2");
  CHECK(message_of<ValueError>([&] { nn::ConvTranspose2d({.in = 1, .out = 2, .kernel = 2, .stride = 0}, rng); }) ==
        "ConvTranspose2d: kernel, stride and dilation must be at least 1 and padding at least 0, got kernel 2, stride "
        "0, dilation 1, padding 0");
  CHECK(message_of<ValueError>(
            [&] { nn::ConvTranspose2d({.in = 1, .out = 2, .kernel = 2, .padding = nn::same}, rng); }) ==
        "ConvTranspose2d: kernel, stride and dilation must be at least 1 and padding at least 0, got kernel 2, stride "
        "1, dilation 1, padding same");
  CHECK(message_of<ValueError>([&] { nn::ConvTranspose2d({.in = 3, .out = 2, .kernel = 1, .groups = 2}, rng); }) ==
        "ConvTranspose2d: groups must divide in 3 and out 2, got 2");
}

TEST_CASE("conv_transpose2d: an empty batch gives an empty result, and gradients of zero for weight and bias") {
  Rng rng(1);
  const nn::ConvTranspose2d<double> layer({.in = 2, .out = 3, .kernel = 3, .stride = 2}, rng);
  const Variable<double> x(Tensor<double>({0, 5, 5, 2}), true);
  const Variable<double> y = layer(x);
  CHECK(y.shape() == Shape{0, 11, 11, 3});
  y.backward(Tensor<double>(y.shape()));
  CHECK(x.grad().shape() == x.shape());
  CHECK(reference::identical(layer.weight.grad(), Tensor<double>(layer.weight.shape())));
  CHECK(reference::identical(layer.bias.grad(), Tensor<double>(layer.bias.shape())));
}

TEST_CASE("conv_transpose2d: images whose padding is too large for memory are refused") {
  constexpr Index large = Index{1} << 30;
  const nn::ConvTranspose2dOptions options{
      .in = 1, .out = 4, .kernel = 1, .stride = large, .padding = large, .output_padding = 2};
  CHECK(message_of<ShapeError>([&] {
          options.output_shape({1, 3, 3, 1});
        }) == "ConvTranspose2d: [2147483651] times 2147483651 elements are too large for memory");
}
