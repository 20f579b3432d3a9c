#pragma once

#include "latent/kernels/each_piece.hpp"

namespace latent::kernels {

/// One of several arrays, and the average of what it was.
template <class T>
struct AveragedArray {
  Index n;         ///< elements
  const T* value;  ///< of now
  T* average;      ///< changed in place
};

/// average += part (value - average), for all elements of all arrays
template <class T>
void move_averages(std::span<const AveragedArray<T>> arrays, T part) {
  each_piece<T>(arrays, 4, [&](const AveragedArray<T>& array, Index first, Index last) {
    detail::each_register<T>(first, last, [&](Index i, Index count) {
      const Vector<T> before = load(array.average + i, count);
      store(array.average + i, before + part * (load(array.value + i, count) - before), count);
    });
  });
}

}  // namespace latent::kernels
