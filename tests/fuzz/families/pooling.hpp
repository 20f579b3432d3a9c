#pragma once

// Pooling and interpolation.

#include "../draw_images.hpp"
#include "../kinds.hpp"

namespace fuzz::detail {

template <Scalar T, class Layer>
Variable<T> run(const Layer& layer, const Variable<T>& x) {
  return with_its_shape(layer, x.shape(), layer(x));
}

inline Window avg_window(const Indices& o) { return {{o[0], o[1]}, {o[2], o[3]}, {o[4], o[5]}, {1, 1}}; }
inline Window avg_line_window(const Indices& o) { return {{1, o[0]}, {1, o[1]}, {0, o[2]}, {1, 1}}; }

inline Array interpret_upsample(Tape& tape, const Array& x, const Indices& o) {
  const bool bilinear = o[0] != 0, corners = o[1] != 0, by_factor = o[2] != 0;
  expect_value(o[3] >= 1 && o[4] >= 1 && (bilinear || !corners));
  expect_images(x);
  if (!by_factor) return upsample(tape, x, {bilinear, corners, o[3], o[4], 0, 0});
  const Index h = x.shape[1] * o[3] / 4, w = x.shape[2] * o[4] / 4;
  expect_shape(h >= 1 && w >= 1);
  return upsample(tape, x, {bilinear, corners, h, w, Real(o[3]) / 4, Real(o[4]) / 4});
}

inline latent::nn::Upsample upsample_layer(const Indices& o) {
  latent::nn::UpsampleOptions options{
      .mode = o[0] != 0 ? latent::InterpolationMode::bilinear : latent::InterpolationMode::nearest,
      .align_corners = o[1] != 0};
  if (o[2] == 0)
    options.size = {o[3], o[4]};
  else
    options.scale_factor = {static_cast<double>(o[3]) / 4, static_cast<double>(o[4]) / 4};
  return latent::nn::Upsample(options);
}

inline std::vector<Operation> pooling() {
  return {
      operation(
          "max_pool2d", {"kernel", "", "stride", "", "padding", "", "dilation", "", "ceil_mode"},
          [](Drawing& d, Item& item) { draw_max_pool(d, item, 2); },
          [](Tape& t, const Inputs& in, const Item& i) {
            return max_pool2d(t, *in[0], window(i.options, 0), i.options[8] != 0);
          },
          [](const auto& in, const Item& i) {
            const Indices& o = i.options;
            return run(latent::nn::MaxPool2d({.kernel = {o[0], o[1]},
                                              .stride = {o[2], o[3]},
                                              .padding = {o[4], o[5]},
                                              .dilation = {o[6], o[7]},
                                              .ceil_mode = o[8] != 0}),
                       in[0]);
          }),
      operation(
          "max_pool1d", {"kernel", "stride", "padding", "dilation", "ceil_mode"},
          [](Drawing& d, Item& item) { draw_max_pool(d, item, 1); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Window w = line_window(i.options, 0);
            expect_pool(w);
            return without_lines(max_pool2d(t, as_lines(*in[0]), w, i.options[4] != 0));
          },
          [](const auto& in, const Item& i) {
            const Indices& o = i.options;
            return run(latent::nn::MaxPool1d(
                           {.kernel = o[0], .stride = o[1], .padding = o[2], .dilation = o[3], .ceil_mode = o[4] != 0}),
                       in[0]);
          }),
      operation(
          "avg_pool2d",
          {"kernel", "", "stride", "", "padding", "", "ceil_mode", "count_include_pad", "divisor_override"},
          [](Drawing& d, Item& item) { draw_avg_pool(d, item, 2); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            return avg_pool2d(t, *in[0], avg_window(o), o[6] != 0, o[7] != 0, o[8]);
          },
          [](const auto& in, const Item& i) {
            const Indices& o = i.options;
            return run(latent::nn::AvgPool2d({.kernel = {o[0], o[1]},
                                              .stride = {o[2], o[3]},
                                              .padding = {o[4], o[5]},
                                              .ceil_mode = o[6] != 0,
                                              .count_include_pad = o[7] != 0,
                                              .divisor_override = o[8]}),
                       in[0]);
          }),
      operation(
          "avg_pool1d", {"kernel", "stride", "padding", "ceil_mode", "count_include_pad"},
          [](Drawing& d, Item& item) { draw_avg_pool(d, item, 1); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            const Window w = avg_line_window(o);
            expect_pool(w);
            return without_lines(avg_pool2d(t, as_lines(*in[0]), w, o[3] != 0, o[4] != 0, 0));
          },
          [](const auto& in, const Item& i) {
            const Indices& o = i.options;
            return run(latent::nn::AvgPool1d({.kernel = o[0],
                                              .stride = o[1],
                                              .padding = o[2],
                                              .ceil_mode = o[3] != 0,
                                              .count_include_pad = o[4] != 0}),
                       in[0]);
          }),
      operation(
          "adaptive_avg_pool2d", {"height", "width"}, draw_adaptive_avg_pool,
          [](Tape& t, const Inputs& in, const Item& i) {
            return adaptive_avg_pool2d(t, *in[0], i.options[0], i.options[1]);
          },
          [](const auto& in, const Item& i) {
            return run(latent::nn::AdaptiveAvgPool2d({.output = {i.options[0], i.options[1]}}), in[0]);
          }),
      operation(
          "upsample", {"bilinear", "align_corners", "by quarters", "height", "width"}, draw_upsample,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_upsample(t, *in[0], i.options); },
          [](const auto& in, const Item& i) { return run(upsample_layer(i.options), in[0]); }),
  };
}

}  // namespace fuzz::detail
