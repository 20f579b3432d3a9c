#pragma once

#include "latent/core/loops.hpp"
#include "latent/kernels/write_mode.hpp"

/// Elements visited in an order that is not that of memory: broadcasting and permuted axes.
namespace latent::kernels {

using latent::Loops;

/// y = f(a, b) element by element; pointers of the loops are y, a, b.
template <class T, class F>
void broadcast(const Loops<3>& loops, T* y, const T* a, const T* b, F f) {
  loops.each_row([&](const auto& offset, Index count, const auto& stride) {
    T* const to = y + offset[0];
    const T* const left = a + offset[1];
    const T* const right = b + offset[2];
    if (stride[1] == 1 && stride[2] == 1) {
      for (Index i = 0; i < count; ++i) to[i] = f(left[i], right[i]);
    } else if (stride[1] == 1 && stride[2] == 0) {
      for (Index i = 0; i < count; ++i) to[i] = f(left[i], *right);
    } else if (stride[1] == 0 && stride[2] == 1) {
      for (Index i = 0; i < count; ++i) to[i] = f(*left, right[i]);
    } else {
      for (Index i = 0; i < count; ++i) to[i] = f(left[i * stride[1]], right[i * stride[2]]);
    }
  });
}

/// y = x, or y += x, where an element of y that stands still takes a sum; pointers of the loops are y, x.
template <class T>
void copy_strided(const Loops<2>& loops, const Target<T>& y, const T* x) {
  loops.each_row([&](const auto& offset, Index count, const auto& stride) {
    T* const to = y.data + offset[0];
    const T* const from = x + offset[1];
    if (y.mode == WriteMode::accumulate) {
      for (Index i = 0; i < count; ++i) to[i * stride[0]] += from[i * stride[1]];
    } else {
      for (Index i = 0; i < count; ++i) to[i * stride[0]] = from[i * stride[1]];
    }
  });
}

}  // namespace latent::kernels
