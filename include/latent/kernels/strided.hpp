#pragma once

#include <array>

#include "latent/core/shape.hpp"
#include "latent/kernels/write_mode.hpp"

/// Elements visited in an order that is not that of memory: broadcasting and permuted axes.
namespace latent::kernels {

/// Sizes of up to six loops, outermost first, and the stride of each of K pointers along them; 0 repeats an element.
template <std::size_t K>
struct Loops {
  static constexpr Index most = Shape::max_rank;

  Index rank = 0;
  std::array<Index, most> size{};
  std::array<std::array<Index, most>, K> stride{};

  /// Adds an innermost loop. Where every pointer just goes on as the loop before it would, that one grows instead.
  void append(Index count, const std::array<Index, K>& strides) {
    if (count == 1) return;
    const auto last = static_cast<std::size_t>(rank - 1);
    bool continues = rank > 0;
    for (std::size_t k = 0; continues && k < K; ++k) continues = stride[k][last] == count * strides[k];
    const auto at = continues ? last : static_cast<std::size_t>(rank++);
    size[at] = continues ? size[at] * count : count;
    for (std::size_t k = 0; k < K; ++k) stride[k][at] = strides[k];
  }

  Index numel() const {
    Index product = 1;
    for (Index i = 0; i < rank; ++i) product *= size[static_cast<std::size_t>(i)];
    return product;
  }

  /// Calls row(offsets, count, strides) for each run of the innermost loop, in order.
  template <class F>
  void each_row(F row) const {
    if (numel() == 0) return;
    std::array<Index, most> at{};
    std::array<Index, K> offset{};
    const Index inner = rank ? size[static_cast<std::size_t>(rank - 1)] : 1;
    std::array<Index, K> strides{};
    for (std::size_t k = 0; k < K && rank; ++k) strides[k] = stride[k][static_cast<std::size_t>(rank - 1)];
    for (;;) {
      row(offset, inner, strides);
      Index loop = rank - 2;
      for (; loop >= 0; --loop) {
        const auto i = static_cast<std::size_t>(loop);
        for (std::size_t k = 0; k < K; ++k) offset[k] += stride[k][i];
        if (++at[i] < size[i]) break;
        for (std::size_t k = 0; k < K; ++k) offset[k] -= stride[k][i] * size[i];
        at[i] = 0;
      }
      if (loop < 0) return;
    }
  }
};

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
