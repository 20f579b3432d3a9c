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
  constexpr latent::Reduction all[]{latent::Reduction::mean, latent::Reduction::sum, latent::Reduction::none};
  return all[static_cast<std::size_t>(number) % 3];
}

/// A layer says beforehand which shape comes out.
template <class Layer, Scalar T>
Variable<T> with_its_shape(const Layer& layer, const Shape& x, Variable<T> y) {
  if (!(layer.output_shape(x) == y.shape())) throw std::logic_error("output_shape is not the shape of the result");
  return y;
}

/// The same of one direction.
inline Window line_window(const Indices& o, std::size_t first) {
  return {{1, o[first]}, {1, o[first + 1]}, {0, o[first + 2]}, {1, o[first + 3]}};
}

inline Border border(Index number) {
  constexpr Border all[]{Border::zeros, Border::reflect, Border::replicate, Border::circular};
  return all[static_cast<std::size_t>(number) % 4];
}
inline latent::PaddingKind padding_mode(Index number) {
  using Mode = latent::PaddingMode;
  constexpr latent::PaddingKind all[]{Mode::zeros, Mode::reflect, Mode::replicate, Mode::circular};
  return all[static_cast<std::size_t>(number) % 4];
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

template <class Options>
Options line_convolution_options(const Indices& o, bool bias) {
  Options options;
  options.in = o[0], options.out = o[1];
  options.kernel = o[2], options.stride = o[3], options.padding = o[4], options.dilation = o[5];
  options.groups = o[6], options.bias = bias;
  return options;
}

template <template <class> class Layer, Scalar T, class Options>
Variable<T> convolution(const Variables<T>& in, Activation activation, const Options& options) {
  latent::Rng rng(1);
  Layer<T> layer(options, rng);
  layer.weight = in[1], layer.bias = in[2];
  return with_its_shape(layer, in[0].shape(), layer(in[0], activation));
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

/// A tensor of integers in options from one on: its rank, its sizes, and its elements, which may be too few.
inline latent::Tensor<Index> integers(const Indices& o, std::size_t first) {
  const std::size_t rank = static_cast<std::size_t>(std::clamp<Index>(o[first], 0, 4));
  std::size_t at = first + 1;
  Shape shape;
  for (std::size_t axis = 0; axis < rank; ++axis) shape.append(at < o.size() ? std::max<Index>(o[at++], 0) : 1);
  latent::Tensor<Index> result(shape);
  std::size_t from = at;
  for (Index& element : result.elements()) {
    if (from == o.size()) from = at;
    element = from < o.size() ? o[from++] : 0;
  }
  return result;
}

}  // namespace fuzz::detail
