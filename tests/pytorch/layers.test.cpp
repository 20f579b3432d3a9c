#include "fixtures.hpp"

using namespace latent;
using fixtures::find;
using fixtures::Options;
using fixtures::Variables;

// Values and all gradients beside PyTorch's, in double and float. Each file's largest differences are printed.

namespace {

nn::Conv2dOptions conv2d_options(const Options& o) {
  return {.in = o.index("in"),
          .out = o.index("out"),
          .kernel = o.extent("kernel"),
          .stride = o.extent("stride"),
          .padding = o.extent("padding"),
          .dilation = o.extent("dilation"),
          .groups = o.index("groups"),
          .bias = o.flag("bias")};
}

nn::ConvTranspose2dOptions conv_transpose2d_options(const Options& o) {
  return {.in = o.index("in"),
          .out = o.index("out"),
          .kernel = o.extent("kernel"),
          .stride = o.extent("stride"),
          .padding = o.extent("padding"),
          .output_padding = o.extent("output_padding"),
          .dilation = o.extent("dilation"),
          .groups = o.index("groups"),
          .bias = o.flag("bias")};
}

/// A layer whose parameters are the inputs of their names.
template <class T, class Layer>
Layer with_parameters(Layer layer, const Variables<T>& inputs) {
  const auto set = [&](Variable<T>& parameter, const std::string& name) { parameter = find(inputs, name); };
  if constexpr (requires { layer.layers; }) {
    for (std::size_t i = 0; i < layer.layers.size(); ++i) {
      const std::string suffix = "_l" + std::to_string(i);
      set(layer.layers[i].weight_ih, "weight_ih" + suffix);
      set(layer.layers[i].weight_hh, "weight_hh" + suffix);
      set(layer.layers[i].bias_ih, "bias_ih" + suffix);
      set(layer.layers[i].bias_hh, "bias_hh" + suffix);
    }
  } else {
    set(layer.weight, "weight");
    set(layer.bias, "bias");
  }
  return layer;
}

}  // namespace

TEST_CASE("pytorch: linear, matmul, flatten and unflatten") {
  fixtures::check_file("linear", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const auto x = find(in, "x");
    if (o.text("op") == "matmul") return {{"y", matmul(in.at("a"), in.at("b"))}};
    if (o.text("op") == "flatten") return {{"y", nn::Flatten{}(x)}};
    if (o.text("op") == "unflatten")
      return {{"y",
               nn::Unflatten(
                   {.channels = o.index("shape", 0), .height = o.index("shape", 1), .width = o.index("shape", 2)})(x)}};
    Rng rng(1);
    const Shape weight = in.at("weight").shape();
    const nn::Linear<T> layer({.in = weight[1], .out = weight[0], .bias = in.contains("bias")}, rng);
    return {{"y", with_parameters(layer, in)(x)}};
  });
}

TEST_CASE("pytorch: conv2d") {
  fixtures::check_file("conv2d", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    Rng rng(1);
    return {{"y", with_parameters(nn::Conv2d<T>(conv2d_options(o), rng), in)(in.at("x"))}};
  });
}

TEST_CASE("pytorch: conv_transpose2d") {
  fixtures::check_file("conv_transpose2d", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    Rng rng(1);
    return {{"y", with_parameters(nn::ConvTranspose2d<T>(conv_transpose2d_options(o), rng), in)(in.at("x"))}};
  });
}

TEST_CASE("pytorch: max_pool2d, with padding, and with equal numbers in a window") {
  fixtures::check_file("max_pool2d", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const nn::MaxPool2d layer({.kernel = o.extent("kernel"),
                               .stride = o.extent("stride"),
                               .padding = o.extent("padding"),
                               .dilation = o.extent("dilation")});
    return {{"y", layer(in.at("x"))}};
  });
}

TEST_CASE("pytorch: lstm of one to three layers, with and without initial state") {
  fixtures::check_file("lstm", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    Rng rng(1);
    const nn::LSTM<T> layer(
        {.in = o.index("in"), .hidden = o.index("hidden"), .layers = o.index("layers"), .bias = o.flag("bias")}, rng);
    const auto result = with_parameters(layer, in)(in.at("x"), {find(in, "h0"), find(in, "c0")});
    return {{"output", result.output}, {"h", result.state.h}, {"c", result.state.c}};
  });
}

TEST_CASE("pytorch: initial parameters are uniform within the same bounds") {
  int compared = 0;
  const auto check = [&]<class T>(const fixtures::Case& c, const Variable<T>& parameter, const std::string& name) {
    CAPTURE(c.options.json());
    CAPTURE(name);
    const auto bounds = c.tensor<double>(name);
    const double low = bounds(0), high = bounds(1), n = static_cast<double>(parameter.numel());
    double least = high, most = low, sum = 0, squares = 0;
    for (const double value : parameter.value().elements()) {
      least = std::min(least, value);
      most = std::max(most, value);
      sum += value;
      squares += value * value;
    }
    const double width = high - low, rounding = 1e-6 * width;
    CHECK(least >= low - rounding);
    CHECK(most <= high + rounding);
    // Of n uniform numbers the largest misses the bound by more than 10/n of the width with probability e^-10.
    CHECK(least <= low + 10 / n * width);
    CHECK(most >= high - 10 / n * width);
    CHECK(std::abs(sum / n - (low + high) / 2) <= 5 * width / std::sqrt(12 * n));
    CHECK(std::abs(squares / n - width * width / 12) <= 5 * width * width / std::sqrt(180 * n));
    ++compared;
  };
  const auto check_all = [&]<class T>(T, const fixtures::Case& c, Rng rng) {
    const auto layer_is = [&](const char* name) { return c.options.text("op") == name; };
    const auto visit = [&](const auto& layer) {
      nn::each_parameter(layer,
                         [&](const std::string& name, const Variable<T>& parameter) { check(c, parameter, name); });
    };
    const Options& o = c.options;
    if (layer_is("linear")) visit(nn::Linear<T>({.in = o.index("in"), .out = o.index("out")}, rng));
    if (layer_is("conv2d"))
      visit(nn::Conv2d<T>(
          {.in = o.index("in"), .out = o.index("out"), .kernel = o.extent("kernel"), .groups = o.index("groups")},
          rng));
    if (layer_is("conv_transpose2d"))
      visit(nn::ConvTranspose2d<T>(
          {.in = o.index("in"), .out = o.index("out"), .kernel = o.extent("kernel"), .groups = o.index("groups")},
          rng));
    if (layer_is("lstm"))
      visit(nn::LSTM<T>({.in = o.index("in"), .hidden = o.index("hidden"), .layers = o.index("layers")}, rng));
  };
  for (const auto& c : fixtures::cases("initialization")) {
    check_all(double{}, c, Rng(1));
    check_all(float{}, c, Rng(2));
  }
  CHECK(compared == 2 * (2 + 2 + 2 + 8));
}
