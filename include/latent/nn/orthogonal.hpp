#pragma once

#include <numeric>

#include "latent/nn/initializers.hpp"

namespace latent::nn::init {

namespace detail {

/// Makes the rows orthogonal and of length 1, each by what it has beside those before it    x [Rows, Columns], Rows at
/// most Columns
///
/// Gram and Schmidt's method, twice, after which nothing is left but rounding (Giraud et al., "Rounding error analysis
/// of the classical Gram-Schmidt orthogonalization process", 2005). Eigen's QR would bring its headers, and products
/// that it cuts by the number of threads.
[[gnu::noinline]] inline void orthonormalize(Index rows, Index columns, double* x) {
  const auto row = [&](Index i) { return std::span<double>(x + i * columns, static_cast<std::size_t>(columns)); };
  const auto dot = [](std::span<const double> a, std::span<const double> b) {
    constexpr std::size_t parallel = 8;  // sums, so that the compiler finds registers of them
    double sums[parallel] = {};
    std::size_t i = 0;
    for (; i + parallel <= a.size(); i += parallel)
      for (std::size_t j = 0; j < parallel; ++j) sums[j] += a[i + j] * b[i + j];
    double total = std::accumulate(sums, sums + parallel, 0.0);
    for (; i < a.size(); ++i) total += a[i] * b[i];
    return total;
  };
  for (int pass = 0; pass < 2; ++pass)
    for (Index i = 0; i < rows; ++i) {
      const std::span<double> q = row(i);
      const double length = std::sqrt(dot(q, q));
      for (double& element : q) element /= length;
      parallel_for(rows - i - 1, 2 * static_cast<double>(columns), [&](Index behind) {
        const std::span<double> other = row(i + 1 + behind);
        const double part = dot(q, other);
        for (std::size_t j = 0; j < q.size(); ++j) other[j] -= part * q[j];
      });
    }
}

}  // namespace detail

/// A random matrix times gain whose rows, or columns if there are more rows, are orthogonal and of length gain, for a
/// parameter [Rows, ..] seen as [Rows, Columns]. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in
/// deep linear neural networks", 2014. As torch.nn.init.orthogonal_. ShapeError for fewer than two axes.
template <Scalar T>
[[gnu::noinline]] void orthogonal(const Variable<T>& parameter, Rng& rng, double gain = 1) {
  const Shape& shape = parameter.shape();
  check<ShapeError>(shape.rank() >= 2, "orthogonal: at least two axes expected, got shape ", shape);
  check<ValueError>(std::isfinite(gain), "orthogonal: gain must be finite, got ", gain);
  if (shape.numel() == 0) return;
  const Index rows = shape[0], columns = shape.numel() / rows, least = std::min(rows, columns);
  const Index most = std::max(rows, columns);
  Tensor<double> q = rng.normal<double>({least, most});
  detail::orthonormalize(least, most, q.data());
  const std::span<T> elements = parameter.writable();
  const double* const from = q.data();
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j)
      elements[static_cast<std::size_t>(i * columns + j)] =
          static_cast<T>(gain * from[rows < columns ? i * most + j : j * most + i]);
}

}  // namespace latent::nn::init
