#pragma once

#include "latent/core/shape.hpp"

namespace latent::detail {

/// A tensor as kernels see it that work along one axis: [Outer, N, Inner].
struct AlongAxis {
  Index outer = 1, n = 1, inner = 1;
};

/// `axis` may count from the end; ShapeError, naming `operation`, if there is none such.
constexpr AlongAxis along_axis(const char* operation, const Shape& shape, Index axis) {
  const Index at = shape.normalize_axis(axis, operation);
  AlongAxis result{1, shape[at], shape.stride(at)};
  for (Index before = 0; before < at; ++before) result.outer *= shape[before];
  return result;
}

/// All elements as one axis.
constexpr AlongAxis along_all(const Shape& shape) { return {1, shape.numel(), 1}; }

}  // namespace latent::detail
