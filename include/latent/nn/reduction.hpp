#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/reduce.hpp"

namespace latent {

/// What becomes of the losses of single elements or rows: their mean, their sum, or themselves.
enum class Reduction { mean, sum, none };

namespace detail {

/// The losses, or their sum, or that divided by `count`: NaN for none at all.
template <Scalar T>
Tensor<T> reduced(Reduction reduction, Tensor<T> losses, double count) {
  if (reduction == Reduction::none) return losses;
  const double total = kernels::sum(losses.numel(), std::as_const(losses).data());
  return Tensor<T>::full({}, static_cast<T>(reduction == Reduction::mean ? total / count : total));
}

/// Losses do not broadcast.
[[gnu::noinline]] inline void check_target(const char* loss, const Shape& input, const Shape& target) {
  check<ShapeError>(input == target, loss, ": input ", input, " does not fit target ", target);
}

/// The indices of element i, as a message shows them.
[[gnu::noinline]] inline Shape place_of(const Shape& shape, Index i) {
  Shape place;
  for (Index axis = 0; axis < shape.rank(); ++axis) place.append(i / shape.stride(axis) % shape[axis]);
  return place;
}

/// Losses of single elements, y = f(x..), reduced, where the first of x.. have the gradients d(scale, dy, x..) for each
/// d of `derivatives`, and the others none: scale is 1 / n for a mean, dy the gradient of y. All of one shape; f and d
/// take and give registers.
template <Scalar T, class F, class... D, class... X>
[[gnu::noinline]] Variable<T> pointwise_loss(const char* name, Reduction reduction, F f, std::tuple<D...> derivatives,
                                             const Variable<T>& first, const X&... more) {
  const Index n = first.numel();
  Tensor<T> y;
  if (reduction == Reduction::none) {
    y = Tensor<T>::uninitialized(first.shape());
    kernels::map(n, y.data(), kernels::WriteMode::overwrite, f, first.value().data(), more.value().data()...);
  } else {
    const double total = kernels::sum_of(n, f, first.value().data(), more.value().data()...);
    const double count = reduction == Reduction::mean ? static_cast<double>(n) : 1;
    y = Tensor<T>::full({}, static_cast<T>(total / count));
  }
  const std::array<Variable<T>, 1 + sizeof...(X)> x{first, more...};
  return Variable<T>::result(
      name, std::move(y), x,
      [x, reduction, n, derivatives, values = std::array{first.value(), more.value()...}](const Tensor<T>& dy) {
        const T scale = reduction == Reduction::mean ? T(1) / static_cast<T>(n) : T(1);
        const auto backward = [&]<std::size_t... Places>(const auto& derivative, const kernels::Target<T>& dx,
                                                         std::index_sequence<Places...>) {
          if (!dx) return;
          if (reduction == Reduction::none) {
            kernels::map(
                n, dx.data, dx.mode, [&](const auto& d, const auto&... v) { return derivative(T(1), d, v...); },
                dy.data(), values[Places].data()...);
          } else {
            const kernels::Vector<T> d = kernels::Vector<T>{} + dy.item();
            kernels::map(
                n, dx.data, dx.mode, [&](const auto&... v) { return derivative(scale, d, v...); },
                values[Places].data()...);
          }
        };
        [&]<std::size_t... K>(std::index_sequence<K...>) {
          (backward(std::get<K>(derivatives), x[K].grad_target(), std::make_index_sequence<1 + sizeof...(X)>{}), ...);
        }
        (std::make_index_sequence<sizeof...(D)>{});
      });
}

}  // namespace detail
}  // namespace latent
