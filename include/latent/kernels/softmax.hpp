#pragma once

#include "latent/kernels/exp.hpp"
#include "latent/kernels/lines.hpp"
#include "latent/kernels/log.hpp"

/// softmax and its logarithm along the axis N of x [Outer, N, Inner]. Every line is read, written and read again while
/// it is in the nearest cache, so that memory is read once and written once.
namespace latent::kernels {

/// y = exp(x - max x) / sum of exp(x - max x)
template <class T>
void softmax(Index outer, Index n, Index inner, const T* x, T* y) {
  each_line_in_turn<T>(
      outer, n, inner, 32, [=](const auto& line, Index at) { return line.max(x + at); },
      [=](const auto& line, Index at, const Vector<T>& most) {
        const Vector<T> sum = line.sum([=, from = x + at, to = y + at](Index i, Index count) {
          const Vector<T> e = exp_nonpositive<T>(load(from + i, count) - most);
          store(to + i, e, count);
          return e;
        });
        return T(1) / sum;
      },
      [=](const auto& line, Index at, const Vector<T>& scale) {
        line.map(
            Target<T>{y + at}, [=](const Vector<T>& e) { return e * scale; }, y + at);
      });
}

/// dx = y (dy - sum of dy y)
template <class T>
void softmax_backward(Index outer, Index n, Index inner, const T* dy, const T* y, const Target<T>& dx) {
  each_line<T>(outer, n, inner, 8, [=](const auto& line, Index at) {
    const Vector<T> sum =
        line.template sum<4>([&](Index i, Index count) { return load(dy + at + i, count) * load(y + at + i, count); });
    line.map(
        Target<T>{dx.data + at, dx.mode}, [&](const Vector<T>& d, const Vector<T>& v) { return v * (d - sum); },
        dy + at, y + at);
  });
}

/// y = x - max x - log of sum of exp(x - max x)
template <class T>
void log_softmax(Index outer, Index n, Index inner, const T* x, T* y) {
  each_line<T>(outer, n, inner, 32, [=](const auto& line, Index at) {
    const Vector<T> most = line.max(x + at);
    const Vector<T> log_sum =
        log<T>(line.sum([&](Index i, Index count) { return exp_nonpositive<T>(load(x + at + i, count) - most); }));
    line.map(
        Target<T>{y + at}, [&](const Vector<T>& v) { return (v - most) - log_sum; }, x + at);
  });
}

/// dx = dy - exp(y) sum of dy
template <class T>
void log_softmax_backward(Index outer, Index n, Index inner, const T* dy, const T* y, const Target<T>& dx) {
  each_line<T>(outer, n, inner, 32, [=](const auto& line, Index at) {
    const Vector<T> sum = line.template sum<4>([&](Index i, Index count) { return load(dy + at + i, count); });
    line.map(
        Target<T>{dx.data + at, dx.mode},
        [&](const Vector<T>& d, const Vector<T>& v) { return d - exp_nonpositive<T>(v) * sum; }, dy + at, y + at);
  });
}

}  // namespace latent::kernels
