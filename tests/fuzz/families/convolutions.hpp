#pragma once

// Convolutions of images and sequences.

#include "../draw_images.hpp"
#include "../kinds.hpp"

namespace fuzz::detail {

inline std::vector<Operation> convolutions() {
  return {
      operation(
          "conv2d",
          {"in", "out", "kernel", "", "stride", "", "padding", "", "dilation", "", "groups", "activation", "border"},
          [](Drawing& d, Item& item) { draw_convolution(d, item, false, 2); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            return conv2d(t, *in[0], *in[1], in[2], o[0], o[1], window(o, 2), o[10], activation(o[11]), border(o[12]));
          },
          [](const auto& in, const Item& i) {
            auto options = convolution_options<latent::nn::Conv2dOptions>(i.options, bool(in[2]));
            options.padding_mode = padding_mode(i.options[12]);
            return convolution<latent::nn::Conv2d>(in, activation(i.options[11]), options);
          }),
      operation(
          "conv_transpose2d",
          {"in", "out", "kernel", "", "stride", "", "padding", "", "dilation", "", "groups", "activation",
           "output_padding", ""},
          [](Drawing& d, Item& item) { draw_convolution(d, item, true, 2); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            return conv_transpose2d(t, *in[0], *in[1], in[2], o[0], o[1], window(o, 2), {o[12], o[13]}, o[10],
                                    activation(o[11]));
          },
          [](const auto& in, const Item& i) {
            auto options = convolution_options<latent::nn::ConvTranspose2dOptions>(i.options, bool(in[2]));
            options.output_padding = {i.options[12], i.options[13]};
            return convolution<latent::nn::ConvTranspose2d>(in, activation(i.options[11]), options);
          }),
      operation(
          "conv1d", {"in", "out", "kernel", "stride", "padding", "dilation", "groups", "activation", "border"},
          [](Drawing& d, Item& item) { draw_convolution(d, item, false, 1); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            const Window w = line_window(o, 2);
            expect_convolution(o[0], o[1], w, o[6]);
            return without_lines(conv2d(t, as_lines(*in[0]), with_line(*in[1], 2), in[2], o[0], o[1], w, o[6],
                                        activation(o[7]), border(o[8])));
          },
          [](const auto& in, const Item& i) {
            auto options = line_convolution_options<latent::nn::Conv1dOptions>(i.options, bool(in[2]));
            options.padding_mode = padding_mode(i.options[8]);
            return convolution<latent::nn::Conv1d>(in, activation(i.options[7]), options);
          }),
      operation(
          "conv_transpose1d",
          {"in", "out", "kernel", "stride", "padding", "dilation", "groups", "activation", "output_padding"},
          [](Drawing& d, Item& item) { draw_convolution(d, item, true, 1); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            const Window w = line_window(o, 2);
            expect_transposed(o[0], o[1], w, {0, o[8]}, o[6]);
            return without_lines(conv_transpose2d(t, as_lines(*in[0]), with_line(*in[1], 2), in[2], o[0], o[1], w,
                                                  {0, o[8]}, o[6], activation(o[7])));
          },
          [](const auto& in, const Item& i) {
            auto options = line_convolution_options<latent::nn::ConvTranspose1dOptions>(i.options, bool(in[2]));
            options.output_padding = i.options[8];
            return convolution<latent::nn::ConvTranspose1d>(in, activation(i.options[7]), options);
          }),
  };
}

}  // namespace fuzz::detail
