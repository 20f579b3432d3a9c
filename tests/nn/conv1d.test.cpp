#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

namespace {

const nn::Conv1dOptions some_conv1d[] = {
    {.in = 1, .out = 1, .kernel = 1},
    {.in = 2, .out = 3, .kernel = 3, .padding = 1},
    {.in = 2, .out = 17, .kernel = 4, .stride = 3, .padding = 2},
    {.in = 4, .out = 6, .kernel = 3, .stride = 2, .padding = 3, .dilation = 2, .groups = 2},
};

}  // namespace

TEST_CASE("conv1d: agrees with the plain loop, and gradients of x, weight and bias with finite differences") {
  for (const nn::Conv1dOptions& o : some_conv1d) {
    const auto x = input({2, 7, o.in}, 1), weight = input({o.out, o.in / o.groups, o.kernel}, 2), b = input({o.out}, 3);
    const Tensor<double> y = conv1d(x, weight, b, o).value();
    Tensor<double> expected(o.output_shape(x.shape()));
    CHECK(expected.size(1) == (7 + 2 * o.padding - o.dilation * (o.kernel - 1) - 1) / o.stride + 1);
    for (Index n = 0; n < 2; ++n)
      for (Index i = 0; i < expected.size(1); ++i)
        for (Index out = 0; out < o.out; ++out) {
          expected(n, i, out) = b.value()(out);
          for (Index k = 0; k < o.kernel; ++k)
            for (Index c = 0; c < o.in / o.groups; ++c) {
              const Index t = i * o.stride + k * o.dilation - o.padding;
              const Index channel = out / (o.out / o.groups) * (o.in / o.groups) + c;
              if (t >= 0 && t < 7) expected(n, i, out) += x.value()(n, t, channel) * weight.value()(out, c, k);
            }
        }
    CHECK(reference::difference(y, expected) < 1e-14);
    check_gradients([&](const auto& v) { return conv1d(v[0], v[1], v[2], o); }, {x, weight, b});
  }
}

TEST_CASE("conv1d: the output's size is known at compile time; the layer begins as PyTorch's and takes an activation") {
  static_assert(nn::stack_fits<Shape{4, 100, 3}, Shape{4, 50, 8},
                               nn::Conv1dOptions{.in = 3, .out = 8, .kernel = 5, .stride = 2, .padding = 2}>);
  Rng rng(1);
  const nn::Conv1d<double> layer({.in = 6, .out = 50, .kernel = 3, .groups = 2}, rng);
  CHECK(layer.weight.shape() == Shape{50, 3, 3});
  double largest = 0;
  for (const double w : layer.weight.value().elements()) largest = std::max(largest, std::abs(w));
  CHECK(largest <= 1.0 / 3);
  CHECK(largest > 0.32);
  const Variable<double> x = input({2, 9, 6}, 1);
  CHECK(reference::identical(layer(x, Activation::relu).value(), relu(layer(x)).value()));
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters<double>(layer)) names += name + " ";
  CHECK(names == "weight bias ");
}

TEST_CASE("conv1d: same padding keeps the length, and other paddings are those of pad") {
  const auto x = input({2, 5, 2}, 1), weight = input({3, 2, 4}, 2), bias = input({3}, 3);
  for (const auto mode : {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::replicate, PaddingMode::circular}) {
    const nn::Conv1dOptions o{.in = 2, .out = 3, .kernel = 4, .padding = nn::same, .padding_mode = mode};
    CHECK(reference::difference(
              conv1d(x, weight, bias, o).value(),
              conv1d(pad(x, {{1, 1, 2}}, mode), weight, bias, {.in = 2, .out = 3, .kernel = 4}).value()) < 1e-14);
    check_gradients([&](const auto& v) { return conv1d(v[0], v[1], v[2], o); }, {x, weight, bias});
  }
  CHECK(message_of<ValueError>([] {
          nn::Conv1dOptions{.in = 1, .out = 1, .kernel = 3, .stride = 2, .padding = nn::same}.check_values();
        }) == "Conv1d: same padding needs stride 1, got 2");
  CHECK(message_of<ShapeError>([] {
          nn::Conv1dOptions{.in = 1, .out = 1, .kernel = 3, .padding = 6, .padding_mode = PaddingMode::circular}
              .output_shape({1, 5, 1});
        }) == "Conv1d: circular padding 6 and 6 must be at least 0 and at most axis 1 of shape [1, 5, 1]");
}

TEST_CASE("conv1d: bad options and shapes are named") {
  Rng rng(1);
  CHECK(message_of<ValueError>([&] { nn::Conv1d({.in = 1, .out = 2}, rng); }) ==
        "Conv1d: kernel, stride and dilation must be at least 1 and padding at least 0, got kernel 0, stride 1, "
        "dilation 1, padding 0");
  CHECK(message_of<ValueError>([&] { nn::Conv1d({.in = 3, .out = 4, .kernel = 1, .groups = 2}, rng); }) ==
        "Conv1d: groups must divide in 3 and out 4, got 2");
  const nn::Conv1d<double> layer({.in = 3, .out = 4, .kernel = 3}, rng);
  CHECK(message_of<ShapeError>([&] {
          layer(input({2, 8, 1}, 1));
        }) == "Conv1d: x [2, 8, 1] does not fit, expected x [N, T, 3]");
  CHECK(message_of<ShapeError>([&] {
          layer(input({2, 2, 3}, 1));
        }) == "Conv1d: x [2, 2, 3] is shorter than kernel 3 with dilation 1 and padding 0");
  CHECK(message_of<ShapeError>([&] {
          conv1d(input({2, 8, 3}, 1), layer.weight, layer.bias, {.in = 3, .out = 4, .kernel = 5});
        }) == "conv1d: weight [4, 3, 3] does not fit, expected [4, 3, 5]");
  CHECK(message_of<ShapeError>([&] {
          conv1d(input({2, 8, 3}, 1), layer.weight, input({3}, 1), {.in = 3, .out = 4, .kernel = 3});
        }) == "conv1d: bias [3] does not fit, expected [4]");
  CHECK(message_of<ShapeError>([&] {
          nn::Conv1dOptions{.in = 1, .out = 1, .kernel = 1}.output_shape({0, Index{1} << 40, 1});
        }) == "Conv1d: T must be in [1, 1073741824], got x [0, 1099511627776, 1]");
}

TEST_CASE("conv1d: an empty batch gives an empty result, and gradients of zero for weight and bias") {
  Rng rng(1);
  const nn::Conv1d<double> layer({.in = 2, .out = 3, .kernel = 3}, rng);
  const Variable<double> x(Tensor<double>({0, 5, 2}), true);
  const Variable<double> y = layer(x);
  CHECK(y.shape() == Shape{0, 3, 3});
  y.backward(Tensor<double>(y.shape()));
  CHECK(x.grad().shape() == x.shape());
  CHECK(reference::identical(layer.weight.grad(), Tensor<double>(layer.weight.shape())));
  CHECK(reference::identical(layer.bias.grad(), Tensor<double>(layer.bias.shape())));
}
