#pragma once

// The plain loops that the kernels are compared with, and what many tests need.

#include <cmath>
#include <latent/latent.hpp>

namespace reference {

using latent::Index;
using latent::Rng;
using latent::Scalar;
using latent::Shape;
using latent::Tensor;
using latent::Variable;

template <Scalar T>
Tensor<T> random(const Shape& shape, std::uint64_t seed, T low = -1, T high = 1) {
  return Rng(seed, 77).uniform<T>(shape, low, high);
}

/// A parameter in double, for gradient checks.
inline Variable<double> input(const Shape& shape, std::uint64_t seed, double low = -1, double high = 1) {
  return Variable<double>(random<double>(shape, seed, low, high), true);
}

/// Largest difference, relative to the largest magnitude of `expected` or 1. NaN where one is NaN and not the other.
template <class A, class B>
double difference(const Tensor<A>& actual, const Tensor<B>& expected) {
  if (!(actual.shape() == expected.shape())) return std::numeric_limits<double>::infinity();
  double most = 0, scale = 1;
  for (std::size_t i = 0; i < actual.elements().size(); ++i) {
    const auto a = static_cast<double>(actual.elements()[i]);
    const auto e = static_cast<double>(expected.elements()[i]);
    if (std::isnan(a) && std::isnan(e)) continue;
    const double d = std::abs(a - e);
    if (!(d <= most)) most = d;
    scale = std::max(scale, std::abs(e));
  }
  return most / scale;
}

/// The same bits in both.
template <class T>
bool identical(const Tensor<T>& a, const Tensor<T>& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.elements().size_bytes()) == 0;
}

/// Rounding that sums of `terms` products may show.
template <Scalar T>
double tolerance(Index terms) {
  return 4 * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::sqrt(static_cast<double>(terms) + 1);
}

/// c [M, N] = a [M, K] b [K, N]
template <Scalar T>
Tensor<double> matmul(const Tensor<T>& a, const Tensor<T>& b) {
  const Index m = a.size(0), k = a.size(1), n = b.size(1);
  Tensor<double> c({m, n});
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j)
      for (Index l = 0; l < k; ++l) c(i, j) += static_cast<double>(a(i, l)) * static_cast<double>(b(l, j));
  return c;
}

template <Scalar T>
Tensor<T> transposed(const Tensor<T>& a) {
  Tensor<T> b({a.size(1), a.size(0)});
  for (Index i = 0; i < a.size(0); ++i)
    for (Index j = 0; j < a.size(1); ++j) b(j, i) = a(i, j);
  return b;
}

/// Calls f(x index, weight index, y index) for every product of a convolution.
template <class F>
void each_conv2d_product(const latent::kernels::Conv2dSizes& s, F f) {
  const Index group_c = s.c / s.groups, group_o = s.o / s.groups;
  for (Index n = 0; n < s.n; ++n)
    for (Index i = 0; i < s.oh; ++i)
      for (Index j = 0; j < s.ow; ++j)
        for (Index o = 0; o < s.o; ++o)
          for (Index kh = 0; kh < s.kh; ++kh)
            for (Index kw = 0; kw < s.kw; ++kw)
              for (Index c = 0; c < group_c; ++c) {
                const Index h = i * s.stride_h + kh * s.dilation_h - s.padding_h;
                const Index w = j * s.stride_w + kw * s.dilation_w - s.padding_w;
                if (h < 0 || h >= s.h || w < 0 || w >= s.w) continue;
                f(((n * s.h + h) * s.w + w) * s.c + o / group_o * group_c + c,
                  ((o * group_c + c) * s.kh + kh) * s.kw + kw, ((n * s.oh + i) * s.ow + j) * s.o + o);
              }
}

namespace detail {

inline double sigmoid(double v) { return 1 / (1 + std::exp(-v)); }

/// Takes each sequence of a batch through its steps in double: `step(i, j, u, v)` gives output j of
/// sequence i, where u(g) and v(g) are its elements of gate g of x_t W_ih^T + b_ih and of h W_hh^T + b_hh; h [N, H] is
/// read and left as it is after the last step.
template <Scalar T, class F>
Tensor<double> recurrent(const Tensor<T>& x, const Tensor<T>& weight_ih, const Tensor<T>& weight_hh,
                         const Tensor<T>& bias_ih, const Tensor<T>& bias_hh, Tensor<double>& h, F step) {
  const Index n = x.size(0), t = x.size(1), in = x.size(2), width = weight_hh.size(0), hidden = weight_hh.size(1);
  Tensor<double> y({n, t, hidden});
  for (Index i = 0; i < n; ++i)
    for (Index time = 0; time < t; ++time) {
      std::vector<double> u, v;
      for (Index g = 0; g < width; ++g) {
        u.push_back(static_cast<double>(bias_ih(g)));
        v.push_back(static_cast<double>(bias_hh(g)));
        for (Index j = 0; j < in; ++j)
          u.back() += static_cast<double>(weight_ih(g, j)) * static_cast<double>(x(i, time, j));
        for (Index j = 0; j < hidden; ++j) v.back() += static_cast<double>(weight_hh(g, j)) * h(i, j);
      }
      for (Index j = 0; j < hidden; ++j) {
        const auto gate = [&](const std::vector<double>& a, Index g) {
          return a[static_cast<std::size_t>(g * hidden + j)];
        };
        y(i, time, j) = step(
            i, j, [&](Index g) { return gate(u, g); }, [&](Index g) { return gate(v, g); });
      }
      for (Index j = 0; j < hidden; ++j) h(i, j) = y(i, time, j);
    }
  return y;
}

}  // namespace detail

/// The LSTM's formula, step by step in double; h and c [N, H] are read and left as they are after the last step.
template <Scalar T>
Tensor<double> lstm(const Tensor<T>& x, const Tensor<T>& weight_ih, const Tensor<T>& weight_hh,
                    const Tensor<T>& bias_ih, const Tensor<T>& bias_hh, Tensor<double>& h, Tensor<double>& c) {
  return detail::recurrent(x, weight_ih, weight_hh, bias_ih, bias_hh, h, [&](Index i, Index j, auto u, auto v) {
    const auto a = [&](Index g) { return u(g) + v(g); };
    c(i, j) = detail::sigmoid(a(1)) * c(i, j) + detail::sigmoid(a(0)) * std::tanh(a(2));
    return detail::sigmoid(a(3)) * std::tanh(c(i, j));
  });
}

/// The same of a GRU.
template <Scalar T>
Tensor<double> gru(const Tensor<T>& x, const Tensor<T>& weight_ih, const Tensor<T>& weight_hh, const Tensor<T>& bias_ih,
                   const Tensor<T>& bias_hh, Tensor<double>& h) {
  return detail::recurrent(x, weight_ih, weight_hh, bias_ih, bias_hh, h, [&](Index i, Index j, auto u, auto v) {
    const double r = detail::sigmoid(u(0) + v(0)), z = detail::sigmoid(u(1) + v(1));
    return (1 - z) * std::tanh(u(2) + r * v(2)) + z * h(i, j);
  });
}

/// The same of a plain recurrent layer with tanh or relu.
template <Scalar T>
Tensor<double> rnn(const Tensor<T>& x, const Tensor<T>& weight_ih, const Tensor<T>& weight_hh, const Tensor<T>& bias_ih,
                   const Tensor<T>& bias_hh, Tensor<double>& h, bool relu) {
  return detail::recurrent(x, weight_ih, weight_hh, bias_ih, bias_hh, h, [&](Index, Index, auto u, auto v) {
    return relu ? std::max(u(0) + v(0), 0.0) : std::tanh(u(0) + v(0));
  });
}

}  // namespace reference
