#include "fixtures.hpp"

using namespace latent;
using fixtures::find;
using fixtures::Options;
using fixtures::Variables;

// Layers of images and sequences beside PyTorch's.

namespace {

PaddingKind padding_mode(const Options& o) {
  const PaddingKind modes[] = {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::replicate, PaddingMode::circular};
  return modes[o.index("mode")];
}

}  // namespace

TEST_CASE("pytorch: conv1d, conv_transpose1d and max_pool1d") {
  fixtures::check_file("conv1d", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string& op = o.text("op");
    const Index kernel = o.index("kernel"), stride = o.index("stride"), padding = o.index("padding"),
                dilation = o.index("dilation");
    if (op == "max_pool1d")
      return {{"y", nn::MaxPool1d({.kernel = kernel, .stride = stride, .padding = padding, .dilation = dilation})(
                        in.at("x"))}};
    Rng rng(1);
    const auto run = [&](auto layer) -> Variables<T> {
      layer.weight = in.at("weight");
      layer.bias = find(in, "bias");
      return {{"y", layer(in.at("x"))}};
    };
    if (op == "conv1d")
      return run(nn::Conv1d<T>({.in = o.index("in"),
                                .out = o.index("out"),
                                .kernel = kernel,
                                .stride = stride,
                                .padding = padding,
                                .dilation = dilation,
                                .groups = o.index("groups")},
                               rng));
    return run(nn::ConvTranspose1d<T>({.in = o.index("in"),
                                       .out = o.index("out"),
                                       .kernel = kernel,
                                       .stride = stride,
                                       .padding = padding,
                                       .output_padding = o.index("output_padding"),
                                       .dilation = dilation,
                                       .groups = o.index("groups")},
                                      rng));
  });
}

TEST_CASE("pytorch: averages of windows and of whole images, and ceil_mode of all poolings") {
  fixtures::check_file("pooling", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string& op = o.text("op");
    const Variable<T>& x = in.at("x");
    const bool ceil_mode = o.flag("ceil_mode"), count_include_pad = o.flag("count_include_pad");
    if (op == "adaptive_avg_pool2d") return {{"y", nn::AdaptiveAvgPool2d({.output = o.extent("output")})(x)}};
    const Index kernel = o.index("kernel"), stride = o.index("stride"), padding = o.index("padding");
    if (op == "max_pool1d")
      return {
          {"y", nn::MaxPool1d({.kernel = kernel, .stride = stride, .padding = padding, .ceil_mode = ceil_mode})(x)}};
    if (op == "avg_pool1d")
      return {{"y", nn::AvgPool1d({.kernel = kernel,
                                   .stride = stride,
                                   .padding = padding,
                                   .ceil_mode = ceil_mode,
                                   .count_include_pad = count_include_pad})(x)}};
    if (op == "max_pool2d")
      return {{"y", nn::MaxPool2d({.kernel = o.extent("kernel"),
                                   .stride = o.extent("stride"),
                                   .padding = o.extent("padding"),
                                   .ceil_mode = ceil_mode})(x)}};
    return {{"y",
             nn::AvgPool2d({.kernel = o.extent("kernel"),
                            .stride = o.extent("stride"),
                            .padding = o.extent("padding"),
                            .ceil_mode = ceil_mode,
                            .count_include_pad = count_include_pad,
                            .divisor_override = o.contains("divisor_override") ? o.index("divisor_override") : 0})(x)}};
  });
}

TEST_CASE("pytorch: padding in all modes, alone and of convolutions") {
  fixtures::check_file("padding", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string& op = o.text("op");
    const Variable<T>& x = in.at("x");
    if (op == "pad") {
      const auto axes = o.numbers("axes").size();
      const auto axis = [&](std::size_t i) {
        return AxisPadding{o.index("axes", i), o.index("sides", 2 * i), o.index("sides", 2 * i + 1)};
      };
      const auto value = static_cast<T>(o.number("value"));
      const PaddingKind mode = padding_mode(o);
      if (axes == 1) return {{"y", pad(x, {axis(0)}, mode, value)}};
      if (axes == 2) return {{"y", pad(x, {axis(0), axis(1)}, mode, value)}};
      return {{"y", pad(x, {axis(0), axis(1), axis(2), axis(3)}, mode, value)}};
    }
    if (op == "conv1d")
      return {{"y", conv1d(x, in.at("weight"), in.at("bias"),
                           {.in = o.index("in"),
                            .out = o.index("out"),
                            .kernel = o.index("kernel"),
                            .padding = o.contains("padding") ? o.index("padding") : nn::same,
                            .dilation = o.index("dilation"),
                            .groups = o.index("groups"),
                            .padding_mode = padding_mode(o)})}};
    return {{"y", conv2d(x, in.at("weight"), in.at("bias"),
                         {.in = o.index("in"),
                          .out = o.index("out"),
                          .kernel = o.extent("kernel"),
                          .padding = o.contains("padding") ? o.extent("padding") : nn::Extent(nn::same),
                          .dilation = o.extent("dilation"),
                          .groups = o.index("groups"),
                          .padding_mode = padding_mode(o)})}};
  });
}

TEST_CASE("pytorch: upsampling, to nearest pixels and bilinear, larger and smaller") {
  fixtures::check_file("upsample", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    nn::UpsampleOptions options{
        .mode = o.text("mode") == "nearest" ? InterpolationMode::nearest : InterpolationMode::bilinear,
        .align_corners = o.flag("align_corners")};
    if (o.contains("size")) {
      options.size = o.extent("size");
    } else {
      options.scale_factor = {o.numbers("scale_factor")[0], o.numbers("scale_factor")[1]};
    }
    return {{"y", nn::Upsample(options)(in.at("x"))}};
  });
}
