#pragma once

#include <string>
#include <tuple>

#include "latent/core/shape.hpp"

namespace latent::nn {

/// The shape that comes out of a stack of layers, or of their options, for an input of shape x. In a constant
/// expression a stack that does not fit is a compile error:
///
///     static_assert(nn::stack_shape({64, 28, 28, 1}, nn::Flatten{}, nn::LinearOptions{.in = 784, .out = 10}) ==
///                   Shape{64, 10});
template <class... Layers>
constexpr Shape stack_shape(Shape x, const Layers&... layers) {
  ((x = layers.output_shape(x)), ...);
  return x;
}

namespace detail {
[[gnu::noinline]] inline std::string place_name(std::size_t place) { return std::to_string(place); }
}  // namespace detail

/// A layer that can apply the activation behind it in the same pass.
template <class Layer, class Next, class X>
concept TakesActivation = requires(const Layer& layer, const X& x) {
  layer(x, Next::activation);
};

/// Layers one behind the other: any callables, each taking what the one before it gives. As torch.nn.Sequential.
/// An activation is computed together with the layer before it where that layer can, to the same result.
template <class... Layers>
struct Sequential {
  std::tuple<Layers...> layers;

  explicit Sequential(Layers... in_order) : layers(std::move(in_order)...) {}

  template <class X>
  auto operator()(const X& x) const {
    return run<0>(x);
  }
  constexpr Shape output_shape(const Shape& x) const {
    return std::apply([&](const auto&... layer) { return stack_shape(x, layer...); }, layers);
  }

  /// Layers are named by their place: "0", "1", ..
  template <class F>
  void visit(F&& f) const {
    visit_each(f, std::index_sequence_for<Layers...>{});
  }

 private:
  template <std::size_t Place, class X>
  auto run(const X& x) const {
    if constexpr (Place == sizeof...(Layers)) {
      return x;
    } else if constexpr (fuses<Place, X>()) {
      return run<Place + 2>(
          std::get<Place>(layers)(x, std::tuple_element_t<Place + 1, std::tuple<Layers...>>::activation));
    } else {
      return run<Place + 1>(std::get<Place>(layers)(x));
    }
  }
  template <std::size_t Place, class X>
  static constexpr bool fuses() {
    using All = std::tuple<Layers...>;
    if constexpr (Place + 1 < sizeof...(Layers)) {
      return TakesActivation<std::tuple_element_t<Place, All>, std::tuple_element_t<Place + 1, All>, X>;
    } else {
      return false;
    }
  }
  template <class F, std::size_t... Places>
  void visit_each(F& f, std::index_sequence<Places...>) const {
    (f(detail::place_name(Places), std::get<Places>(layers)), ...);
  }
};

}  // namespace latent::nn
