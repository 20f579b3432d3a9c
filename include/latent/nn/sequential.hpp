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

/// Layers one behind the other: any callables, each taking what the one before it gives. As torch.nn.Sequential.
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
  template <std::size_t I, class X>
  auto run(const X& x) const {
    if constexpr (I == sizeof...(Layers)) {
      return x;
    } else {
      return run<I + 1>(std::get<I>(layers)(x));
    }
  }
  template <class F, std::size_t... I>
  void visit_each(F& f, std::index_sequence<I...>) const {
    (f(std::to_string(I), std::get<I>(layers)), ...);
  }
};

}  // namespace latent::nn
