#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/autograd/axis.hpp"
#include "latent/kernels/extrema.hpp"
#include "latent/kernels/reduce.hpp"

/// The largest and smallest elements, of everything or along one axis. NaN counts as beyond any number, and of equal
/// elements the first is found. Negative axes count from the end; ShapeError for one that does not exist, or where
/// there are no elements.
namespace latent {

/// The largest or smallest elements along an axis, and their places on it.
template <Scalar T>
struct Extrema {
  Variable<T> values;
  Tensor<std::int64_t> indices;
};

namespace detail {

/// [Outer, N, Inner] of x; ShapeError if there is nothing to choose from.
inline AlongAxis along_axis_with_elements(const char* operation, const Shape& x, Index axis) {
  const AlongAxis sizes = along_axis(operation, x, axis);
  check<ShapeError>(sizes.n >= 1, operation, ": axis ", axis, " of shape ", x, " has no elements");
  return sizes;
}

template <bool Largest, Scalar T>
Variable<T> extremum(const char* operation, const Variable<T>& x) {
  check<ShapeError>(x.numel() >= 1, operation, ": x ", x.shape(), " has no elements");
  T best;
  std::int64_t place;
  kernels::extremum<Largest>(x.numel(), x.value().data(), best, place);
  return Variable<T>::result(operation, Tensor<T>::full({}, best), {x}, [x, xv = x.value(), best](const Tensor<T>& dy) {
    // As torch.max and torch.min, equal elements share the gradient.
    const auto is_best = [best](const kernels::Vector<T>& v, const kernels::Vector<T>& then) {
      const kernels::Vector<T> zero{};
      if (best != best) return v != v ? then : zero;
      return v == best ? then : zero;
    };
    const kernels::Vector<T> zero{};
    const double count = kernels::sum_of(
        xv.numel(), [&](const auto& v) { return is_best(v, zero + T(1)); }, xv.data());
    const T share = dy.item() / static_cast<T>(count);
    if (const auto dx = x.grad_target())
      kernels::map(
          xv.numel(), dx.data, dx.mode, [&](const auto& v) { return is_best(v, zero + share); }, xv.data());
  });
}

template <bool Largest, Scalar T>
Extrema<T> extrema(const char* operation, const Variable<T>& x, Index axis, bool keep) {
  const AlongAxis sizes = along_axis_with_elements(operation, x.shape(), axis);
  const Shape shape = keep ? x.shape().with(axis, 1) : x.shape().without(axis);
  auto values = Tensor<T>::uninitialized(shape);
  auto places = Tensor<std::int64_t>::uninitialized(shape);
  kernels::extrema<Largest>(sizes.outer, sizes.n, sizes.inner, x.value().data(), values.data(), places.data());
  const Tensor<std::int64_t> indices = places;
  return {Variable<T>::result(operation, std::move(values), {x},
                              [x, sizes, indices](const Tensor<T>& dy) {
                                T* const dx = x.grad_data();
                                if (!dx) return;
                                const auto [outer, n, inner] = sizes;
                                for (Index o = 0; o < outer; ++o)
                                  for (Index j = 0; j < inner; ++j) {
                                    const Index at = o * inner + j;
                                    dx[(o * n + indices.data()[at]) * inner + j] += dy.data()[at];
                                  }
                              }),
          indices};
}

template <bool Largest, Scalar T>
Tensor<std::int64_t> places_of_extrema(const char* operation, const Tensor<T>& x, Index axis, bool keep) {
  const AlongAxis sizes = along_axis_with_elements(operation, x.shape(), axis);
  auto values = Tensor<T>::uninitialized(x.shape().without(axis));
  auto places = Tensor<std::int64_t>::uninitialized(keep ? x.shape().with(axis, 1) : values.shape());
  kernels::extrema<Largest>(sizes.outer, sizes.n, sizes.inner, x.data(), values.data(), places.data());
  return places;
}

template <bool Largest, Scalar T>
Tensor<std::int64_t> place_of_extremum(const char* operation, const Tensor<T>& x) {
  check<ShapeError>(x.numel() >= 1, operation, ": x ", x.shape(), " has no elements");
  T best;
  auto place = Tensor<std::int64_t>::uninitialized({});
  kernels::extremum<Largest>(x.numel(), x.data(), best, *place.data());
  return place;
}

}  // namespace detail

/// y = the largest element, a scalar; equal ones share the gradient. As torch.max.
template <Scalar T>
Variable<T> max(const Variable<T>& x) {
  return detail::extremum<true>("max", x);
}

/// y = the smallest element, a scalar; equal ones share the gradient. As torch.min.
template <Scalar T>
Variable<T> min(const Variable<T>& x) {
  return detail::extremum<false>("min", x);
}

/// The largest elements along an axis, which disappears, or stays with size 1 if `keep` is set, and their places; the
/// gradient goes there. As torch.max.
template <Scalar T>
Extrema<T> max(const Variable<T>& x, Index axis, bool keep = false) {
  return detail::extrema<true>("max", x, axis, keep);
}

/// The smallest elements along an axis, in the same way. As torch.min.
template <Scalar T>
Extrema<T> min(const Variable<T>& x, Index axis, bool keep = false) {
  return detail::extrema<false>("min", x, axis, keep);
}

/// The place of the largest element among all in their order, a scalar. As torch.argmax.
template <Scalar T>
Tensor<std::int64_t> argmax(const Tensor<T>& x) {
  return detail::place_of_extremum<true>("argmax", x);
}
template <Scalar T>
Tensor<std::int64_t> argmin(const Tensor<T>& x) {
  return detail::place_of_extremum<false>("argmin", x);
}

/// The places of the largest elements along an axis, which disappears, or stays with size 1. As torch.argmax.
template <Scalar T>
Tensor<std::int64_t> argmax(const Tensor<T>& x, Index axis, bool keep = false) {
  return detail::places_of_extrema<true>("argmax", x, axis, keep);
}
template <Scalar T>
Tensor<std::int64_t> argmin(const Tensor<T>& x, Index axis, bool keep = false) {
  return detail::places_of_extrema<false>("argmin", x, axis, keep);
}

}  // namespace latent
