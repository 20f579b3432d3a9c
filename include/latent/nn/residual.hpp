#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/nn/sequential.hpp"

namespace latent::nn {

/// y = x + f(x), where f are layers one behind the other, which give the shape that they take; ShapeError if they do
/// not. Parameters are named as those of a Sequential of the same layers. He et al., "Deep residual learning for image
/// recognition", 2016.
template <class... Layers>
struct Residual {
  Sequential<Layers...> layers;

  explicit Residual(Layers... in_order) : layers(std::move(in_order)...) {}

  template <class X>
  X operator()(const X& x) const {
    const X y = detail::output_of(layers(x));
    check_shape(x.shape(), y.shape());
    return x + y;
  }
  constexpr Shape output_shape(const Shape& x) const {
    check_shape(x, layers.output_shape(x));
    return x;
  }

  template <class F>
  void visit(F&& f) const {
    layers.visit(f);
  }

 private:
  static constexpr void check_shape(const Shape& x, const Shape& y) {
    check<ShapeError>(x == y, "Residual: the layers give ", y, " for x ", x, ", expected the same shape");
  }
};

}  // namespace latent::nn
