#pragma once

// All operations: how they are drawn, interpreted and computed by the library.

#include "draw_operations.hpp"
#include "interpret_items.hpp"

namespace fuzz {

namespace detail {

inline Arrays list(Array x) { return {std::move(x)}; }
inline Arrays list(Arrays x) { return x; }
template <Scalar T>
Variables<T> list(Variable<T> x) {
  return {std::move(x)};
}
template <Scalar T>
Variables<T> list(Variables<T> x) {
  return x;
}

template <class I, class C>
Operation operation(const char* name, std::vector<const char*> option_names, void (*draw)(Drawing&, Item&), I, C) {
  return {name,
          std::move(option_names),
          draw,
          [](Tape& tape, const Inputs& in, const Item& item) { return list(I{}(tape, in, item)); },
          [](const Variables<float>& in, const Item& item) { return list(C{}(in, item)); },
          [](const Variables<double>& in, const Item& item) { return list(C{}(in, item)); }};
}

template <class I, class C>
Operation of_elements(const char* name, I, C) {
  return operation(
      name, {}, draw_one,
      [](Tape& tape, const Inputs& in, const Item&) {
        return map(*in[0], [&](const Number& x) { return I{}(tape, x); });
      },
      [](const auto& in, const Item&) { return C{}(in[0]); });
}

template <class I, class C>
Operation of_pairs(const char* name, I, C) {
  return operation(
      name, {}, draw_pair,
      [](Tape& tape, const Inputs& in, const Item&) {
        return broadcast(*in[0], *in[1], [&](const Number& a, const Number& b) { return I{}(tape, a, b); });
      },
      [](const auto& in, const Item&) { return C{}(in[0], in[1]); });
}

template <class I, class C>
Operation with_number(const char* name, I, C) {
  return operation(
      name, {}, draw_number,
      [](Tape& tape, const Inputs& in, const Item& item) {
        return map(*in[0], [&](const Number& x) { return I{}(tape, x, Number{item.number, 0, tape.leaf(0).place}); });
      },
      []<Scalar T>(const Variables<T>& in, const Item& item) { return C{}(in[0], static_cast<T>(item.number)); });
}

inline Number plus(Tape& tape, const Number& a, const Number& b, Real sign) {
  Sum sum(tape);
  sum.add(a);
  sum.add(b, sign);
  return sum.result();
}

}  // namespace detail

inline const std::vector<Operation>& operations() {
  using namespace detail;
  using N = const Number&;
  static const std::vector<Operation> all{
      of_pairs(
          "+", [](Tape& t, N a, N b) { return plus(t, a, b, 1); }, [](auto a, auto b) { return a + b; }),
      of_pairs(
          "-", [](Tape& t, N a, N b) { return plus(t, a, b, -1); }, [](auto a, auto b) { return a - b; }),
      of_pairs(
          "*", [](Tape& t, N a, N b) { return product(t, a, b); }, [](auto a, auto b) { return a * b; }),
      of_pairs(
          "/", [](Tape& t, N a, N b) { return quotient(t, a, b); }, [](auto a, auto b) { return a / b; }),
      with_number(
          "x + number", [](Tape& t, N x, N s) { return plus(t, x, s, 1); }, [](auto x, auto s) { return x + s; }),
      with_number(
          "number + x", [](Tape& t, N x, N s) { return plus(t, x, s, 1); }, [](auto x, auto s) { return s + x; }),
      with_number(
          "x - number", [](Tape& t, N x, N s) { return plus(t, x, s, -1); }, [](auto x, auto s) { return x - s; }),
      with_number(
          "number - x", [](Tape& t, N x, N s) { return plus(t, s, x, -1); }, [](auto x, auto s) { return s - x; }),
      with_number(
          "x * number", [](Tape& t, N x, N s) { return product(t, x, s); }, [](auto x, auto s) { return x * s; }),
      with_number(
          "number * x", [](Tape& t, N x, N s) { return product(t, x, s); }, [](auto x, auto s) { return s * x; }),
      with_number(
          "x / number", [](Tape& t, N x, N s) { return quotient(t, x, s); }, [](auto x, auto s) { return x / s; }),
      with_number(
          "number / x", [](Tape& t, N x, N s) { return quotient(t, s, x); }, [](auto x, auto s) { return s / x; }),
      of_elements(
          "negation", [](Tape& t, N x) { return scaled(t, x, -1); }, [](auto x) { return -x; }),
      of_elements(
          "exp", [](Tape& t, N x) { return exp(t, x); }, [](auto x) { return latent::exp(x); }),
      of_elements(
          "log", [](Tape& t, N x) { return log(t, x); }, [](auto x) { return latent::log(x); }),
      of_elements(
          "sqrt", [](Tape& t, N x) { return sqrt(t, x); }, [](auto x) { return latent::sqrt(x); }),
      of_elements(
          "square", [](Tape& t, N x) { return square(t, x); }, [](auto x) { return latent::square(x); }),
      of_elements(
          "abs", [](Tape& t, N x) { return abs(t, x); }, [](auto x) { return latent::abs(x); }),
      of_elements(
          "relu", [](Tape& t, N x) { return relu(t, x); }, [](auto x) { return latent::nn::ReLU{}(x); }),
      of_elements(
          "sigmoid", [](Tape& t, N x) { return sigmoid(t, x); }, [](auto x) { return latent::nn::Sigmoid{}(x); }),
      of_elements(
          "tanh", [](Tape& t, N x) { return tanh(t, x); }, [](auto x) { return latent::nn::Tanh{}(x); }),
      operation(
          "sum of all", {}, draw_one, [](Tape& t, const Inputs& in, const Item&) { return sum(t, *in[0]); },
          [](const auto& in, const Item&) { return latent::sum(in[0]); }),
      operation(
          "mean of all", {}, draw_one,
          [](Tape& t, const Inputs& in, const Item&) { return divided(t, sum(t, *in[0]), in[0]->shape.numel()); },
          [](const auto& in, const Item&) { return latent::mean(in[0]); }),
      operation(
          "sum", {"axis", "keep"}, draw_axis_of_one,
          [](Tape& t, const Inputs& in, const Item& i) { return sum(t, *in[0], i.options[0], i.options[1] != 0); },
          [](const auto& in, const Item& i) { return latent::sum(in[0], i.options[0], i.options[1] != 0); }),
      operation(
          "mean", {"axis", "keep"}, draw_axis_of_one,
          [](Tape& t, const Inputs& in, const Item& i) {
            const Array total = sum(t, *in[0], i.options[0], i.options[1] != 0);
            return divided(t, total, in[0]->shape.size(i.options[0]));
          },
          [](const auto& in, const Item& i) { return latent::mean(in[0], i.options[0], i.options[1] != 0); }),
      operation(
          "reshape", {}, draw_reshape,
          [](Tape&, const Inputs& in, const Item& i) { return reshape(*in[0], i.options); },
          [](const auto& in, const Item& i) { return reshape_to(in[0], i.options); }),
      operation(
          "permute", {}, draw_permute,
          [](Tape&, const Inputs& in, const Item& i) { return permute(*in[0], i.options); },
          [](const auto& in, const Item& i) { return latent::permute(in[0], std::span<const Index>(i.options)); }),
      operation(
          "transpose", {"axis0", "axis1"}, draw_transpose,
          [](Tape&, const Inputs& in, const Item& i) {
            Indices order(static_cast<std::size_t>(in[0]->shape.rank()));
            for (std::size_t axis = 0; axis < order.size(); ++axis) order[axis] = static_cast<Index>(axis);
            const std::size_t first = axis_of(in[0]->shape, i.options[0]), second = axis_of(in[0]->shape, i.options[1]);
            std::swap(order[first], order[second]);
            return permute(*in[0], order);
          },
          [](const auto& in, const Item& i) { return latent::transpose(in[0], i.options[0], i.options[1]); }),
      operation(
          "slice", {"axis", "first", "last"}, draw_slice,
          [](Tape&, const Inputs& in, const Item& i) {
            return slice(*in[0], i.options[0], i.options[1], i.options[2]);
          },
          [](const auto& in, const Item& i) { return latent::slice(in[0], i.options[0], i.options[1], i.options[2]); }),
      operation(
          "concat", {"axis"}, draw_concat,
          [](Tape&, const Inputs& in, const Item& i) { return concat(in, i.options[0]); },
          [](const auto& in, const Item& i) { return latent::concat(in, i.options[0]); }),
      operation(
          "matmul", {}, draw_matmul, [](Tape& t, const Inputs& in, const Item&) { return matmul(t, *in[0], *in[1]); },
          [](const auto& in, const Item&) { return latent::matmul(in[0], in[1]); }),
      operation(
          "linear", {"activation", "as a layer"}, draw_linear,
          [](Tape& t, const Inputs& in, const Item& i) {
            const Array& weight = *in[1];
            expect_shape(weight.shape.rank() == 2);
            if (i.options[1] == 1) expect_value(weight.shape[0] >= 1 && weight.shape[1] >= 1);
            return linear(t, *in[0], weight, in[2], activation(i.options[0]));
          },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            if (i.options[1] != 1) return latent::linear(in[0], in[1], in[2], activation(i.options[0]));
            latent::Rng rng(1);
            const auto [out, features] = in[1].shape().template sizes<2>("weight");
            latent::nn::Linear<T> layer({.in = features, .out = out, .bias = bool(in[2])}, rng);
            layer.weight = in[1], layer.bias = in[2];
            return with_its_shape(layer, in[0].shape(), layer(in[0], activation(i.options[0])));
          }),
      operation(
          "flatten", {}, draw_one,
          [](Tape&, const Inputs& in, const Item&) {
            const Array& x = *in[0];
            expect_shape(x.shape.rank() >= 1);
            Index features = 1;
            for (Index axis = 1; axis < x.shape.rank(); ++axis) features *= x.shape[axis];
            return reshape(x.shape.rank() == 4 ? permute(x, {0, 3, 1, 2}) : x, {x.shape[0], features});
          },
          [](const auto& in, const Item&) {
            return with_its_shape(latent::nn::Flatten{}, in[0].shape(), latent::nn::Flatten{}(in[0]));
          }),
      operation(
          "unflatten", {"channels", "height", "width"}, draw_unflatten,
          [](Tape&, const Inputs& in, const Item& i) {
            const Index c = i.options[0], h = i.options[1], w = i.options[2];
            expect_value(c >= 1 && h >= 1 && w >= 1);
            const Shape& x = in[0]->shape;
            expect_shape(x.rank() == 2 && x[1] == c * h * w);
            return permute(reshape(*in[0], {x[0], c, h, w}), {0, 2, 3, 1});
          },
          [](const auto& in, const Item& i) {
            const latent::nn::Unflatten layer(
                {.channels = i.options[0], .height = i.options[1], .width = i.options[2]});
            return with_its_shape(layer, in[0].shape(), layer(in[0]));
          }),
      operation(
          "conv2d", {"in", "out", "kernel", "", "stride", "", "padding", "", "dilation", "", "groups", "activation"},
          [](Drawing& d, Item& item) { draw_convolution(d, item, false); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            return conv2d(t, *in[0], *in[1], in[2], o[0], o[1], window(o, 2), o[10], activation(o[11]));
          },
          [](const auto& in, const Item& i) {
            return convolution<latent::nn::Conv2d>(
                in, i, convolution_options<latent::nn::Conv2dOptions>(i.options, bool(in[2])));
          }),
      operation(
          "conv_transpose2d",
          {"in", "out", "kernel", "", "stride", "", "padding", "", "dilation", "", "groups", "activation",
           "output_padding", ""},
          [](Drawing& d, Item& item) { draw_convolution(d, item, true); },
          [](Tape& t, const Inputs& in, const Item& i) {
            const Indices& o = i.options;
            return conv_transpose2d(t, *in[0], *in[1], in[2], o[0], o[1], window(o, 2), {o[12], o[13]}, o[10],
                                    activation(o[11]));
          },
          [](const auto& in, const Item& i) {
            auto options = convolution_options<latent::nn::ConvTranspose2dOptions>(i.options, bool(in[2]));
            options.output_padding = {i.options[12], i.options[13]};
            return convolution<latent::nn::ConvTranspose2d>(in, i, options);
          }),
      operation(
          "max_pool2d", {"kernel", "", "stride", "", "padding", "", "dilation", ""}, draw_max_pool2d,
          [](Tape& t, const Inputs& in, const Item& i) { return max_pool2d(t, *in[0], window(i.options, 0)); },
          [](const auto& in, const Item& i) {
            const Indices& o = i.options;
            const latent::nn::MaxPool2d layer(
                {.kernel = {o[0], o[1]}, .stride = {o[2], o[3]}, .padding = {o[4], o[5]}, .dilation = {o[6], o[7]}});
            return with_its_shape(layer, in[0].shape(), layer(in[0]));
          }),
      operation(
          "lstm", {"in", "hidden"}, draw_lstm,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_lstm(t, in, i); },
          [](const auto& in, const Item& i) { return lstm(in, i); }),
      operation(
          "mse_loss", {"sum"}, draw_loss,
          [](Tape& t, const Inputs& in, const Item& i) {
            return interpret_loss(t, in, i, [&](N x) { return square(t, x); });
          },
          [](const auto& in, const Item& i) { return latent::mse_loss(in[0], in[1], reduction(i.options[0])); }),
      operation(
          "l1_loss", {"sum"}, draw_loss,
          [](Tape& t, const Inputs& in, const Item& i) {
            return interpret_loss(t, in, i, [&](N x) { return abs(t, x); });
          },
          [](const auto& in, const Item& i) { return latent::l1_loss(in[0], in[1], reduction(i.options[0])); }),
      operation(
          "kl_unit_normal", {}, [](Drawing& d, Item& item) { draw_equal_pair(d, item, d.operand(2)); },
          [](Tape& t, const Inputs& in, const Item&) { return interpret_kl(t, *in[0], *in[1]); },
          [](const auto& in, const Item&) { return latent::kl_unit_normal(in[0], in[1]); }),
  };
  return all;
}

}  // namespace fuzz
