#pragma once

#include "latent/core/shape.hpp"
#include "latent/kernels/write_mode.hpp"

namespace latent::kernels {

/// Functions that products apply to their results while these are in registers or in the nearest cache.
enum class Activation { none, relu, sigmoid, tanh };

/// What becomes of the sums of a product before they are stored: c = activation(sums + bias), or
/// c = activation(c + sums + bias).
/// `bias` has an element for each column, and may be null. (The name and the idea are CUTLASS's.)
template <class T>
struct Epilogue {
  WriteMode mode = WriteMode::overwrite;
  const T* bias = nullptr;
  Activation activation = Activation::none;

  /// The same for the columns from j on.
  Epilogue from_column(Index j) const { return {mode, bias ? bias + j : nullptr, activation}; }

  /// The same for one of the parts that a long sum is cut into: the first part brings the bias, the last the
  /// activation, and all but the first are added to what is there.
  Epilogue of_part(bool first, bool last) const {
    return {first ? mode : WriteMode::accumulate, first ? bias : nullptr, last ? activation : Activation::none};
  }
};

}  // namespace latent::kernels
