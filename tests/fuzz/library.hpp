#pragma once

// Options of items as the library has them, and its layers with given parameters.

#include <stdexcept>

#include "drawing.hpp"

namespace fuzz::detail {

inline Activation activation(Index number) {
  constexpr Activation all[]{Activation::none, Activation::relu, Activation::sigmoid, Activation::tanh};
  return all[static_cast<std::size_t>(number) % 4];
}

inline Window window(const Indices& o, std::size_t first) {
  return {{o[first], o[first + 1]},
          {o[first + 2], o[first + 3]},
          {o[first + 4], o[first + 5]},
          {o[first + 6], o[first + 7]}};
}

inline latent::Reduction reduction(Index number) {
  return number % 2 ? latent::Reduction::sum : latent::Reduction::mean;
}

/// A layer says beforehand which shape comes out.
template <class Layer, Scalar T>
Variable<T> with_its_shape(const Layer& layer, const Shape& x, Variable<T> y) {
  if (!(layer.output_shape(x) == y.shape())) throw std::logic_error("output_shape is not the shape of the result");
  return y;
}

template <class Options>
Options convolution_options(const Indices& o, bool bias) {
  Options options;
  options.in = o[0], options.out = o[1];
  options.kernel = {o[2], o[3]}, options.stride = {o[4], o[5]};
  options.padding = {o[6], o[7]}, options.dilation = {o[8], o[9]};
  options.groups = o[10], options.bias = bias;
  return options;
}

template <template <class> class Layer, Scalar T, class Options>
Variable<T> convolution(const Variables<T>& in, const Item& item, const Options& options) {
  latent::Rng rng(1);
  Layer<T> layer(options, rng);
  layer.weight = in[1], layer.bias = in[2];
  return with_its_shape(layer, in[0].shape(), layer(in[0], activation(item.options[11])));
}

template <Scalar T>
Variable<T> reshape_to(const Variable<T>& x, const Indices& o) {
  if (std::find(o.begin(), o.end(), -1) == o.end()) return latent::reshape(x, fuzz::shape_of(o));
  switch (o.size()) {
    case 1: return latent::reshape(x, {o[0]});
    case 2: return latent::reshape(x, {o[0], o[1]});
    case 3: return latent::reshape(x, {o[0], o[1], o[2]});
    default: return latent::reshape(x, {o[0], o[1], o[2], o[3]});
  }
}

template <Scalar T>
Variables<T> lstm(const Variables<T>& in, const Item& item) {
  latent::Rng rng(1);
  const std::size_t layers = (in.size() - 3) / 4;
  latent::nn::LSTM<T> layer(
      {.in = item.options[0], .hidden = item.options[1], .layers = static_cast<Index>(layers), .bias = bool(in[5])},
      rng);
  for (std::size_t i = 0; i < layers; ++i)
    layer.layers[i] = {in[3 + 4 * i], in[4 + 4 * i], in[5 + 4 * i], in[6 + 4 * i]};
  const auto result = layer(in[0], {in[1], in[2]});
  return {with_its_shape(layer, in[0].shape(), result.output), result.state.h, result.state.c};
}

}  // namespace fuzz::detail
