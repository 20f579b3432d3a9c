#pragma once

#include <algorithm>

#include "latent/core/loops.hpp"
#include "latent/kernels/simd.hpp"
#include "latent/kernels/write_mode.hpp"

/// Functions of single elements over whole arrays.
namespace latent::kernels {

using latent::elementwise_piece;

/// y = f(x..), or y += f(x..), n elements, where f takes and gives registers: `map(n, y, mode, [](auto a, auto b) { ..
/// }, a, b)`. y may be one of the x.
template <class T, class F, class... In>
void map(Index n, T* y, WriteMode mode, F f, const In*... x) {
  parallel_pieces(n, elementwise_piece, 8, [&](Index first, Index last) {
    Index i = first;
    if (mode == WriteMode::overwrite) {
      for (; i + lanes<T> <= last; i += lanes<T>) store(y + i, f(load(x + i)...));
    } else {
      for (; i + lanes<T> <= last; i += lanes<T>) store(y + i, load(y + i) + f(load(x + i)...));
    }
    if (i < last) {
      const Vector<T> rest = f(load(x + i, last - i)...);
      store(y + i, mode == WriteMode::overwrite ? rest : load(y + i, last - i) + rest, last - i);
    }
  });
}

/// y = x, or y += x, n elements
template <class T>
void copy(Index n, const T* x, T* y, WriteMode mode) {
  map(
      n, y, mode, [](const Vector<T>& v) { return v; }, x);
}

}  // namespace latent::kernels
