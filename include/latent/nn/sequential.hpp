#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "latent/autograd/watcher.hpp"
#include "latent/nn/output.hpp"

namespace latent::nn {

namespace detail {

template <class T>
constexpr const char* signature() {
  return std::is_class_v<T> ? __PRETTY_FUNCTION__ : "";
}

/// "Linear" of the signature for nn::Linear<float>; empty if the type has no such name, as those of lambdas and
/// pointers.
inline std::string_view type_name(std::string_view signature) {
  const std::size_t begin = signature.find("T = ");
  if (begin == std::string_view::npos) return {};
  signature.remove_prefix(begin + 4);
  std::string_view name = signature.substr(0, signature.find_first_of("<;]"));
  if (const std::size_t scope = name.rfind("::"); scope != std::string_view::npos) name.remove_prefix(scope + 2);
  return name.find_first_of("( ") == std::string_view::npos ? name : std::string_view();
}

[[gnu::cold, gnu::noinline]] inline std::string place_name(std::size_t place) { return std::to_string(place); }

/// "Sequential: layer 2 (Linear): "
[[gnu::cold, gnu::noinline]] inline std::string layer_name(const char* stack, std::size_t place,
                                                           const char* signature) {
  const std::string_view name = type_name(signature);
  return name.empty() ? message(stack, ": layer ", place, ": ") : message(stack, ": layer ", place, " (", name, "): ");
}

/// Puts before an error in which layer of a stack it happened.
[[gnu::cold, gnu::noinline]] inline void name_layer(Error& error, const char* stack, std::size_t place,
                                                    const char* signature) {
  error.prepend(layer_name(stack, place, signature));
}

inline std::string layer_of_sequential(std::size_t place, const char* signature) {
  return layer_name("Sequential", place, signature);
}

template <class... Layers>
inline constexpr std::array signatures{signature<Layers>()..., ""};

template <class... Layers>
constexpr Shape stack_shape(const char* stack, Shape x, const Layers&... layers) {
  std::size_t place = 0;
  try {
    ((x = output_shape(layers, x), ++place), ...);
  } catch (Error& error) {
    name_layer(error, stack, place, signatures<Layers...>[place]);
    throw;
  }
  return x;
}

/// The shape behind layers that are template arguments, as x is: so a compiler's message has both.
template <Shape X, auto... Layers>
inline constexpr Shape shape_behind = X;
template <Shape X, auto Layer, auto... Behind>
inline constexpr Shape shape_behind<X, Layer, Behind...> = shape_behind<output_shape(Layer, X), Behind...>;

template <Shape Given, Shape Expected>
struct SameShape {
  static_assert(Given == Expected, "the stack gives another shape than the one expected");
  static constexpr bool value = true;
};

}  // namespace detail

/// The shape that comes out of a stack of layers, or of their options, for an input of shape x.
template <class... Layers>
constexpr Shape stack_shape(const Shape& x, const Layers&... layers) {
  return detail::stack_shape("stack_shape", x, layers...);
}

/// True if layers, or their options, one behind the other make Y of an input of shape X. Else it does not compile, and
/// the compiler's message has the shapes and the layer that do not fit:
///
///     static_assert(nn::stack_fits<Shape{64, 28, 28, 1}, Shape{64, 10}, nn::Flatten{},
///                                  nn::LinearOptions{.in = 784, .out = 10}>);
template <Shape X, Shape Y, auto... Layers>
inline constexpr bool stack_fits = detail::SameShape<detail::shape_behind<X, Layers...>, Y>::value;

/// A layer that can apply the activation behind it in the same pass.
template <class Layer, class Next, class X>
concept TakesActivation = requires(const Layer& layer, const X& x) {
  layer(x, Next::activation);
};

/// A layer that can apply the activation behind it, and the pooling behind that, in the same pass.
template <class Layer, class Next, class Pool, class X>
concept TakesPooling = requires(const Layer& layer, const Pool& pool, const X& x) {
  layer(x, Next::activation, pool);
  pool.output_shape(layer.output_shape(x.shape()));
};

/// Layers one behind the other: any callables, each taking what the one before it gives, or its `output` if that has
/// parts, as the result of an LSTM. As torch.nn.Sequential.
/// An activation, and pooling behind it, are computed together with the layer before them where that layer can, to the
/// same result.
template <class... Layers>
struct Sequential {
  std::tuple<Layers...> layers;  ///< `std::get<1>(model.layers)` is the second

  /// Of layers that have been made, in the order in which they run.
  explicit Sequential(Layers... in_order) : layers(std::move(in_order)...) {}

  /// An error of a layer is thrown on with its place and type before the text.
  template <class X>
  auto operator()(const X& x) const {
    std::size_t place = 0;
    const latent::detail::InLayer in_layer(place, detail::signatures<Layers...>.data(), &detail::layer_of_sequential);
    try {
      return run<0>(x, place);
    } catch (Error& error) {
      detail::name_layer(error, "Sequential", place, detail::signatures<Layers...>[place]);
      throw;
    }
  }
  constexpr Shape output_shape(const Shape& x) const {
    return shape_behind_all(x, std::index_sequence_for<Layers...>{});
  }

  /// Layers are named by their place: "0", "1", ..
  template <class F>
  void visit(F&& f) const {
    visit_each(f, std::index_sequence_for<Layers...>{});
  }

 private:
  template <std::size_t Place, class X>
  auto run(const X& x, std::size_t& place) const {
    place = Place;
    if constexpr (Place == sizeof...(Layers)) {
      return x;
    } else if constexpr (takes_output<Place, X>()) {
      return run<Place>(x.output, place);
    } else if constexpr (pools<Place, X>()) {
      constexpr auto activation = std::tuple_element_t<Place + 1, std::tuple<Layers...>>::activation;
      const auto& layer = std::get<Place>(layers);
      const auto& pool = std::get<Place + 2>(layers);
      if (latent::detail::watcher()) return run<Place + 2>(layer(x, activation), place);  // who sees each layer alone
      const Shape between = layer.output_shape(x.shape());
      place = Place + 2;
      pool.output_shape(between);
      place = Place;
      return run<Place + 3>(layer(x, activation, pool), place);
    } else if constexpr (fuses<Place, X>()) {
      return run<Place + 2>(
          std::get<Place>(layers)(x, std::tuple_element_t<Place + 1, std::tuple<Layers...>>::activation), place);
    } else {
      return run<Place + 1>(std::get<Place>(layers)(x), place);
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
  template <std::size_t Place, class X>
  static constexpr bool pools() {
    using All = std::tuple<Layers...>;
    if constexpr (Place + 2 < sizeof...(Layers)) {
      return TakesPooling<std::tuple_element_t<Place, All>, std::tuple_element_t<Place + 1, All>,
                          std::tuple_element_t<Place + 2, All>, X>;
    } else {
      return false;
    }
  }
  template <std::size_t Place, class X>
  static constexpr bool takes_output() {
    return detail::TakesOutput<std::tuple_element_t<Place, std::tuple<Layers...>>, X>;
  }
  template <std::size_t... Places>
  constexpr Shape shape_behind_all(const Shape& x, std::index_sequence<Places...>) const {
    return detail::stack_shape("Sequential", x, std::get<Places>(layers)...);
  }
  template <class F, std::size_t... Places>
  void visit_each(F& f, std::index_sequence<Places...>) const {
    (f(detail::place_name(Places), std::get<Places>(layers)), ...);
  }
};

}  // namespace latent::nn
