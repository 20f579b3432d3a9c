#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("conv2d: gradients of x, weight and bias match finite differences") {
  for (const nn::Conv2dOptions& o :
       {nn::Conv2dOptions{.in = 1, .out = 1, .kernel = 1},
        nn::Conv2dOptions{.in = 2, .out = 3, .kernel = 3, .padding = 1},
        nn::Conv2dOptions{.in = 2, .out = 17, .kernel = {2, 3}, .stride = {2, 1}, .padding = {0, 2}},
        nn::Conv2dOptions{.in = 4, .out = 6, .kernel = 2, .stride = 2, .dilation = {2, 1}, .groups = 2},
        nn::Conv2dOptions{.in = 3, .out = 3, .kernel = 3, .stride = 3, .padding = 2, .groups = 3}}) {
    const GradcheckReport report = gradcheck(
        [&](In v) { return conv2d(v[0], v[1], v[2], o); },
        {input({2, 5, 4, o.in}, 1), input({o.out, o.in / o.groups, o.kernel.h, o.kernel.w}, 2), input({o.out}, 3)});
    INFO(report.text());
    CHECK(report.ok);
  }
}

TEST_CASE("conv2d: the output's size is known before it runs, at compile time too") {
  constexpr nn::Conv2dOptions options{.in = 3, .out = 8, .kernel = {3, 5}, .stride = 2, .padding = {1, 0}};
  static_assert(options.output_shape({2, 9, 12, 3}) == Shape{2, 5, 4, 8});
  Rng rng(1);
  const nn::Conv2d layer(options, rng);
  CHECK(layer(Variable<float>(Tensor<float>({2, 9, 12, 3}))).shape() == Shape{2, 5, 4, 8});
  CHECK(layer.weight.shape() == Shape{8, 3, 3, 5});
  const float bound = 1 / std::sqrt(45.0f);
  for (float w : layer.weight.value().elements()) CHECK(std::abs(w) <= bound);
}

TEST_CASE("conv2d: bad options and shapes are named") {
  Rng rng(1);
  CHECK(
      message_of<ValueError>([&] { nn::Conv2d({.in = 1, .out = 2}, rng); }) ==
      "Conv2d: kernel, stride and dilation must be at least 1 and padding at least 0, got kernel 0, stride 1, dilation "
      "1, padding 0");
  CHECK(message_of<ValueError>([&] { nn::Conv2d({.in = 3, .out = 4, .kernel = 1, .groups = 2}, rng); }) ==
        "Conv2d: groups must divide in 3 and out 4, got 2");
  const Variable<float> image(Tensor<float>({1, 4, 4, 2})), weight(Tensor<float>({2, 2, 1, 1}));
  CHECK(message_of<ValueError>([&] {
          conv2d(image, weight, Variable<float>(), {.in = 2, .out = 2, .kernel = 1, .groups = 0});
        }) == "Conv2d: groups must divide in 2 and out 2, got 0");
  const nn::Conv2d layer({.in = 3, .out = 4, .kernel = 3}, rng);
  CHECK(message_of<ShapeError>([&] {
          layer(Variable<float>(Tensor<float>({2, 8, 8, 1})));
        }) == "Conv2d: x [2, 8, 8, 1] does not fit, expected x [N, H, W, 3]");
  CHECK(message_of<ShapeError>([&] {
          layer(Variable<float>(Tensor<float>({2, 2, 8, 3})));
        }) == "Conv2d: x [2, 2, 8, 3] is smaller than kernel 3 with dilation 1 and padding 0");
  CHECK(message_of<ShapeError>([] {
          const Variable<float> x(Tensor<float>({1, 3, 3, 1})), weight(Tensor<float>({2, 1, 1, 1}));
          conv2d(x, weight, x, {.in = 1, .out = 2, .kernel = 1});
        }) == "conv2d: bias [1, 3, 3, 1] does not fit, expected [2]");
  CHECK(message_of<ValueError>([&] { nn::Conv2d({.in = 3, .kernel = 1}, rng); }) ==
        "Conv2d: in and out must be at least 1, got in 3 and out 0");
  CHECK(message_of<ShapeError>([&] {
          conv2d(image, weight, Variable<float>(), {.in = 2, .out = 2, .kernel = {1, 3}});
        }) == "conv2d: weight [2, 2, 1, 1] does not fit, expected [2, 2, 1, 3]");
}

TEST_CASE("conv2d: same padding keeps the size, with the odd row or column behind, and has the gradients of pad") {
  for (const nn::Conv2dOptions& o :
       {nn::Conv2dOptions{.in = 2, .out = 3, .kernel = {2, 4}, .padding = nn::same},
        nn::Conv2dOptions{.in = 1, .out = 20, .kernel = {3, 2}, .padding = {1, nn::same}},
        nn::Conv2dOptions{.in = 4, .out = 2, .kernel = 4, .padding = nn::same, .dilation = {1, 3}, .groups = 2}}) {
    const auto x = input({2, 5, 4, o.in}, 1), weight = input({o.out, o.in / o.groups, o.kernel.h, o.kernel.w}, 2);
    const Variable<double> y = conv2d(x, weight, Variable<double>(), o);
    CHECK(y.shape() == Shape{2, 5, 4, o.out});
    const Index h = o.dilation.h * (o.kernel.h - 1), w = o.dilation.w * (o.kernel.w - 1);
    nn::Conv2dOptions inside = o;
    inside.padding = 0;
    const auto padded = pad(x, {{1, h / 2, h - h / 2}, {2, w / 2, w - w / 2}});
    CHECK(reference::difference(y.value(), conv2d(padded, weight, Variable<double>(), inside).value()) < 1e-14);
    const GradcheckReport report =
        gradcheck([&](In v) { return conv2d(v[0], v[1], Variable<double>(), o); }, {x, weight});
    INFO(report.text());
    CHECK(report.ok);
  }
  static_assert(nn::Conv2dOptions{.in = 1, .out = 2, .kernel = 4, .padding = nn::same}.output_shape({1, 9, 7, 1}) ==
                Shape{1, 9, 7, 2});
}

TEST_CASE("conv2d: other paddings are those of pad") {
  for (const auto mode : {PaddingMode::reflect, PaddingMode::replicate, PaddingMode::circular}) {
    const nn::Conv2dOptions o{.in = 2, .out = 3, .kernel = {2, 3}, .padding = {nn::same, 3}, .padding_mode = mode};
    const auto x = input({2, 5, 4, 2}, 1), weight = input({3, 2, 2, 3}, 2), bias = input({3}, 3);
    CHECK(conv2d(x, weight, bias, o).shape() == o.output_shape(x.shape()));
    CHECK(reference::identical(
        conv2d(x, weight, bias, o, Activation::relu).value(),
        relu(conv2d(pad(x, {{1, 0, 1}, {2, 3, 3}}, mode), weight, bias, {.in = 2, .out = 3, .kernel = {2, 3}}))
            .value()));
    const GradcheckReport report = gradcheck([&](In v) { return conv2d(v[0], v[1], v[2], o); }, {x, weight, bias});
    INFO(report.text());
    CHECK(report.ok);
  }
  CHECK(message_of<ValueError>([] {
          nn::Conv2dOptions{.in = 1, .out = 1, .kernel = 3, .stride = {1, 2}, .padding = nn::same}.check_values();
        }) == "Conv2d: same padding needs stride 1, got {1, 2}");
  constexpr nn::Conv2dOptions reflect{
      .in = 1, .out = 1, .kernel = 3, .padding = 3, .padding_mode = PaddingMode::reflect};
  CHECK(message_of<ShapeError>([&] {
          reflect.output_shape({1, 4, 3, 1});
        }) == "Conv2d: reflect padding 3 and 3 must be smaller than axis 2 of shape [1, 4, 3, 1]");
  CHECK(message_of<ShapeError>([] {
          nn::Conv2dOptions{.in = 1, .out = 1, .kernel = 4, .padding = {0, nn::same}}.output_shape({1, 3, 3, 1});
        }) == "Conv2d: x [1, 3, 3, 1] is smaller than kernel 4 with dilation 1 and padding {0, same}");
}

TEST_CASE("conv2d: an empty batch gives an empty result, and gradients of zero for weight and bias") {
  Rng rng(1);
  const nn::Conv2d<double> layer({.in = 2, .out = 3, .kernel = 3}, rng);
  const Variable<double> x(Tensor<double>({0, 5, 5, 2}), true);
  const Variable<double> y = layer(x);
  CHECK(y.shape() == Shape{0, 3, 3, 3});
  y.backward(Tensor<double>(y.shape()));
  CHECK(x.grad().shape() == x.shape());
  CHECK(reference::identical(layer.weight.grad(), Tensor<double>(layer.weight.shape())));
  CHECK(reference::identical(layer.bias.grad(), Tensor<double>(layer.bias.shape())));
}

TEST_CASE("conv2d: images whose padding is too large for memory are refused") {
  constexpr Index large = Index{1} << 30;
  CHECK(
      message_of<ShapeError>([] {
        nn::Conv2dOptions{.in = 4, .out = 1, .kernel = 1, .stride = large, .padding = large}.output_shape({1, 1, 1, 4});
      }) == "Conv2d: [2147483649] times 2147483649 elements are too large for memory");
}

TEST_CASE("conv2d: pooling in the same pass gives what pooling afterwards gives, special values too") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  auto pixels = reference::random<double>({2, 6, 4, 1}, 1);
  // Windows of negative ones, of zeros of both signs, with NaN first, last and beside infinity, and with equals.
  for (const auto& [at, value] : std::vector<std::pair<Index, double>>{{0, -1},
                                                                       {1, -2},
                                                                       {4, -3},
                                                                       {5, -1},
                                                                       {2, -0.0},
                                                                       {3, 0},
                                                                       {6, -0.0},
                                                                       {7, -1},
                                                                       {8, nan},
                                                                       {11, inf},
                                                                       {15, nan},
                                                                       {16, -inf},
                                                                       {17, -inf},
                                                                       {20, -inf},
                                                                       {21, -inf},
                                                                       {18, 3},
                                                                       {19, 3},
                                                                       {22, 3},
                                                                       {23, nan}})
    pixels.elements()[static_cast<std::size_t>(at)] = value;
  const Variable<double> special(pixels, true), one(Tensor<double>({1, 1, 1, 1}, {1}), true);
  const auto agree = [](const Variable<double>& x, const Variable<double>& weight, const Variable<double>& bias,
                        const nn::Conv2dOptions& o, Activation activation, const nn::MaxPool2dOptions& pooling) {
    std::vector<Tensor<double>> results[2];
    for (const bool apart : {false, true}) {
      const auto y = apart ? max_pool2d(conv2d(x, weight, bias, o, activation), pooling)
                           : conv2d_max_pool2d(x, weight, bias, o, activation, pooling);
      results[apart].push_back(y.value());
      y.backward(reference::random<double>(y.shape(), 7));
      for (const auto& v : {x, weight, bias}) {
        if (!v) continue;
        results[apart].push_back(v.grad());
        v.zero_grad();
      }
    }
    CHECK(reference::identical(results[0][0], results[1][0]));
    for (std::size_t i = 1; i < results[0].size(); ++i) {
      const bool finite = kernels::all_finite(results[1][i].numel(), std::as_const(results[1][i]).data());
      if (finite)
        CHECK(reference::difference(results[0][i], results[1][i]) < 1e-14);
      else
        CHECK(reference::identical(results[0][i], results[1][i]));
    }
  };
  for (const nn::MaxPool2dOptions& pooling :
       {nn::MaxPool2dOptions{.kernel = 2}, nn::MaxPool2dOptions{.kernel = 3, .stride = 1, .padding = 1},
        nn::MaxPool2dOptions{.kernel = 2, .stride = 1, .padding = 1, .dilation = {2, 5}},
        nn::MaxPool2dOptions{.kernel = {3, 1}, .stride = 2, .ceil_mode = true}}) {
    agree(special, one, Variable<double>(), {.in = 1, .out = 1, .kernel = 1}, Activation::relu, pooling);
    for (const Activation activation : {Activation::none, Activation::relu, Activation::tanh})
      agree(input({3, 6, 5, 2}, 1), input({9, 2, 3, 3}, 2), input({9}, 3),
            {.in = 2, .out = 9, .kernel = 3, .padding = 1}, activation, pooling);
    agree(input({3, 6, 5, 2}, 1), input({9, 2, 3, 3}, 2), input({9}, 3),
          {.in = 2, .out = 9, .kernel = 3, .padding = 1, .padding_mode = PaddingMode::replicate}, Activation::relu,
          pooling);
  }
  // What is infinite or NaN meets the gradients that are zero.
  Tensor<double> infinite = reference::random<double>({2, 6, 5, 8}, 1),
                 weights = reference::random<double>({3, 8, 3, 3}, 2);
  infinite(0, 2, 2, 5) = inf;
  const Variable<double> infinite_x(infinite, true);
  weights(1, 2, 1, 0) = -inf;
  const Variable<double> infinite_weight(weights, true);
  for (const auto& [x, weight] :
       {std::pair(infinite_x, input({3, 8, 3, 3}, 2)), std::pair(input({2, 6, 5, 8}, 1), infinite_weight)})
    agree(x, weight, input({3}, 3), {.in = 8, .out = 3, .kernel = 3, .padding = 1}, Activation::relu, {.kernel = 2});
}

TEST_CASE("conv2d: gradients through pooling in the same pass match finite differences") {
  for (const Index in : {2, 8}) {
    const auto x = input({2, 6, 5, in}, 1), weight = input({3, in, 3, 3}, 2), bias = input({3}, 3);
    const GradcheckReport report = gradcheck(
        [&](In v) {
          return conv2d_max_pool2d(v[0], v[1], v[2], {.in = in, .out = 3, .kernel = 3}, Activation::relu,
                                   {.kernel = 2});
        },
        {x, weight, bias});
    INFO(report.text());
    CHECK(report.ok);
  }
}
