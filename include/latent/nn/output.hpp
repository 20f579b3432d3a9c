#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "latent/core/shape.hpp"

/// What stacks of layers ask of a layer: which part of its result goes on, and the shape of that.
namespace latent::nn {

/// A result of several parts, as that of an LSTM, of which `output` goes on to the next layer.
template <class R>
concept HasOutput = requires(const R& result) {
  result.output;
};

/// A layer, or options of one, that says which shape comes out.
template <class Layer>
concept HasOutputShape = requires(const Layer& layer, const Shape& x) {
  { layer.output_shape(x) } -> std::convertible_to<Shape>;
};

namespace detail {

/// Whether the next layer takes the output of a result alone: not if it takes only the whole, as a lambda may.
template <class Layer, class R>
concept TakesOutput = HasOutput<R> &&(std::invocable<const Layer&, decltype((std::declval<const R&>().output))> ||
                                      !std::invocable<const Layer&, const R&>);

/// The part of a layer's result that goes on.
template <class R>
decltype(auto) output_of(const R& result) {
  if constexpr (HasOutput<R>) {
    return (result.output);
  } else {
    return (result);
  }
}

/// What comes out of a layer of a stack. (The bool of its own keeps the compiler's message short.)
template <class Layer>
constexpr Shape output_shape(const Layer& layer, const Shape& x) {
  constexpr bool has_output_shape = HasOutputShape<Layer>;
  static_assert(has_output_shape,
                "a layer of this stack has no output_shape: give its type, which is the Layer above or below, "
                "`constexpr Shape output_shape(const Shape& x) const`");
  if constexpr (has_output_shape) {
    return layer.output_shape(x);
  } else {
    return x;
  }
}

}  // namespace detail
}  // namespace latent::nn
