#pragma once

#include <Eigen/Core>

#include "latent/kernels/math.hpp"
#include "latent/kernels/parallel.hpp"

/// Functions of single elements over whole arrays, and parts of arrays as Eigen sees them.
namespace latent::kernels {

/// Elements that one task works on: small enough for the first-level cache.
inline constexpr Index elementwise_piece = 4096;

/// y = f(x..), or y += f(x..), where f takes and gives registers: `map(n, y, into, [](auto a, auto b) { .. }, a, b)`.
/// y may be one of the x.
template <class T, class F, class... In>
void map(Index n, T* y, Into into, F f, const In*... x) {
  parallel_pieces(n, elementwise_piece, 8, [&](Index first, Index last) {
    Index i = first;
    if (into == Into::overwrite) {
      for (; i + lanes<T> <= last; i += lanes<T>) store(y + i, f(load(x + i)...));
    } else {
      for (; i + lanes<T> <= last; i += lanes<T>) store(y + i, load(y + i) + f(load(x + i)...));
    }
    if (i < last) {
      const Vector<T> rest = f(load(x + i, last - i)...);
      store(y + i, into == Into::overwrite ? rest : load(y + i, last - i) + rest, last - i);
    }
  });
}

/// y = x, or y += x
template <class T>
void copy(Index n, const T* x, T* y, Into into) {
  map(
      n, y, into, [](const Vector<T>& v) { return v; }, x);
}

template <class T>
void exp(Index n, const T* x, T* y) {
  map(
      n, y, Into::overwrite, [](const Vector<T>& v) { return exp<T>(v); }, x);
}

template <class T>
void sigmoid(Index n, const T* x, T* y) {
  map(
      n, y, Into::overwrite, [](const Vector<T>& v) { return sigmoid<T>(v); }, x);
}

template <class T>
void tanh(Index n, const T* x, T* y) {
  map(
      n, y, Into::overwrite, [](const Vector<T>& v) { return tanh<T>(v); }, x);
}

template <class T>
void log(Index n, const T* x, T* y) {
  map(
      n, y, Into::overwrite, [](const Vector<T>& v) { return log<T>(v); }, x);
}

template <class T>
void sqrt(Index n, const T* x, T* y) {
  map(
      n, y, Into::overwrite, [](const Vector<T>& v) { return sqrt<T>(v); }, x);
}

/// Part of an array that a task works on, as Eigen sees it.
template <class T>
Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> piece(const T* x, Index first, Index last) {
  return {x + first, last - first};
}
template <class T>
Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>> piece(T* x, Index first, Index last) {
  return {x + first, last - first};
}

}  // namespace latent::kernels
