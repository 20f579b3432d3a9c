#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

TEST_CASE("conv_transpose1d: agrees with the plain loop, and gradients with finite differences") {
  using Options = nn::ConvTranspose1dOptions;
  for (const Options& o : {Options{.in = 1, .out = 1, .kernel = 1},
                           Options{.in = 3, .out = 2, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1},
                           Options{.in = 2, .out = 17, .kernel = 4, .stride = 3, .padding = 2},
                           Options{.in = 4, .out = 6, .kernel = 2, .stride = 2, .dilation = 2, .groups = 2}}) {
    const auto x = input({2, 4, o.in}, 1), weight = input({o.in, o.out / o.groups, o.kernel}, 2), b = input({o.out}, 3);
    const Tensor<double> y = conv_transpose1d(x, weight, b, o).value();
    Tensor<double> expected(o.output_shape(x.shape()));
    CHECK(expected.size(1) == 3 * o.stride - 2 * o.padding + o.dilation * (o.kernel - 1) + o.output_padding + 1);
    for (Index n = 0; n < 2; ++n) {
      for (Index t = 0; t < expected.size(1); ++t)
        for (Index out = 0; out < o.out; ++out) expected(n, t, out) = b.value()(out);
      for (Index i = 0; i < 4; ++i)
        for (Index c = 0; c < o.in; ++c)
          for (Index out = 0; out < o.out / o.groups; ++out)
            for (Index k = 0; k < o.kernel; ++k) {
              const Index t = i * o.stride + k * o.dilation - o.padding;
              const Index channel = c / (o.in / o.groups) * (o.out / o.groups) + out;
              if (t >= 0 && t < expected.size(1))
                expected(n, t, channel) += x.value()(n, i, c) * weight.value()(c, out, k);
            }
    }
    CHECK(reference::difference(y, expected) < 1e-14);
    check_gradients([&](const auto& v) { return conv_transpose1d(v[0], v[1], v[2], o); }, {x, weight, b});
  }
}

TEST_CASE("conv_transpose1d: the output's size is known at compile time; the layer begins as PyTorch's") {
  static_assert(nn::stack_fits<Shape{4, 50, 8}, Shape{4, 100, 3},
                               nn::ConvTranspose1dOptions{.in = 8, .out = 3, .kernel = 4, .stride = 2, .padding = 1}>);
  Rng rng(1);
  const nn::ConvTranspose1d<double> layer({.in = 32, .out = 16, .kernel = 9}, rng);
  CHECK(layer.weight.shape() == Shape{32, 16, 9});
  double largest = 0;
  for (const double w : layer.weight.value().elements()) largest = std::max(largest, std::abs(w));
  CHECK(largest <= 1.0 / 12);
  CHECK(largest > 0.083);
  const Variable<double> x = input({2, 3, 32}, 1);
  CHECK(reference::identical(layer(x, Activation::relu).value(), relu(layer(x)).value()));
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters<double>(layer)) names += name + " ";
  CHECK(names == "weight bias ");
}

TEST_CASE("conv_transpose1d: bad options and shapes are named") {
  Rng rng(1);
  CHECK(message_of<ValueError>([&] {
          nn::ConvTranspose1d({.in = 1, .out = 1, .kernel = 3, .stride = 2, .output_padding = 2}, rng);
        }) == "ConvTranspose1d: output_padding must be at least 0 and smaller than stride 2 or dilation 1, got 2");
  CHECK(message_of<ValueError>([&] { nn::ConvTranspose1d({.in = 1, .out = 2, .kernel = 2, .stride = 0}, rng); }) ==
        "ConvTranspose1d: kernel, stride and dilation must be at least 1 and padding at least 0, got kernel 2, stride "
        "0, dilation 1, padding 0");
  const nn::ConvTranspose1d<double> layer({.in = 2, .out = 3, .kernel = 1}, rng);
  CHECK(message_of<ShapeError>([&] {
          layer(input({2, 0, 2}, 1));
        }) == "ConvTranspose1d: x [2, 0, 2] does not fit, expected x [N, T, 2], T at least 1");
  const auto x = input({1, 1, 2}, 1);
  CHECK(message_of<ShapeError>([&] {
          conv_transpose1d(x, layer.weight, layer.bias, {.in = 2, .out = 3, .kernel = 1, .padding = 1});
        }) == "ConvTranspose1d: x [1, 1, 2] with kernel 1 and padding 1 leaves no output");
  CHECK(message_of<ShapeError>([&] {
          conv_transpose1d(x, layer.weight, layer.bias, {.in = 2, .out = 4, .kernel = 1});
        }) == "conv_transpose1d: weight [2, 3, 1] does not fit, expected [2, 4, 1]");
  CHECK(message_of<ShapeError>([&] {
          conv_transpose1d(x, layer.weight, input({2}, 1), {.in = 2, .out = 3, .kernel = 1});
        }) == "conv_transpose1d: bias [2] does not fit, expected [3]");
}

TEST_CASE("conv_transpose1d: an empty batch gives an empty result") {
  Rng rng(1);
  const nn::ConvTranspose1d<double> layer({.in = 2, .out = 3, .kernel = 3, .stride = 2}, rng);
  const Variable<double> x(Tensor<double>({0, 5, 2}), true);
  const Variable<double> y = layer(x);
  CHECK(y.shape() == Shape{0, 11, 3});
  y.backward(Tensor<double>(y.shape()));
  CHECK(x.grad().shape() == x.shape());
}
