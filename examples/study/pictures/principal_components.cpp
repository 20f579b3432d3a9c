#include "study/pictures/principal_components.hpp"

#include <algorithm>
#include <cmath>
#include <Eigen/Jacobi>
#include <latent/autograd/arithmetic.hpp>
#include <latent/autograd/matmul.hpp>
#include <latent/autograd/reduce.hpp>
#include <latent/autograd/shaping.hpp>
#include <latent/core/random.hpp>
#include <numeric>
#include <vector>

namespace study {

namespace {

constexpr Index most_directions = 10;

using Floats = Variable<float>;
using Small = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, most_directions, most_directions>;

/// A = V diag(values) V^T    A [K, K] symmetric, no eigenvalue negative -> values [K], the largest first, V [K, K]
struct Eigensystem {
  std::vector<double> values;
  Small vectors;
};

/// By plane rotations, each of which makes one element beside the diagonal zero (Golub and Van Loan, "Matrix
/// computations", 8.5). They do for a matrix so small, and nothing has to be compiled for them.
Eigensystem eigensystem(Small a) {
  const Index k = a.rows();
  Small v = Small::Identity(k, k);
  constexpr double least = 1e-30;  // (cosine of the angle between two directions)^2: that of orthogonal ones
  bool rotated = true;
  for (int sweep = 0; rotated && sweep < 30; ++sweep) {
    rotated = false;
    for (Index p = 0; p < k; ++p)
      for (Index q = p + 1; q < k; ++q) {
        if (a(p, q) * a(p, q) <= least * a(p, p) * a(q, q)) continue;
        Eigen::JacobiRotation<double> rotation;
        if (!rotation.makeJacobi(a, p, q)) continue;
        a.applyOnTheLeft(p, q, rotation.adjoint());
        a.applyOnTheRight(p, q, rotation);
        v.applyOnTheRight(p, q, rotation);
        rotated = true;
      }
  }
  std::vector<Index> order(static_cast<std::size_t>(k));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, std::ranges::greater{}, [&](Index i) { return a(i, i); });
  Eigensystem result{{}, Small(k, k)};
  for (Index i = 0; i < k; ++i) {
    const Index from = order[static_cast<std::size_t>(i)];
    result.values.push_back(a(from, from));
    result.vectors.col(i) = v.col(from);
  }
  return result;
}

/// The same of y^T y    y [N, K]
Eigensystem gram_eigensystem(const Floats& y) {
  const Tensor<float> gram = matmul(transpose(y), y).value();
  Small a(y.size(1), y.size(1));
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < a.cols(); ++j) a(i, j) = gram(i, j);
  return eigensystem(a);
}

/// x V diag(scale)    x [N, K], V [K, K], scale [K]
Floats turned(const Floats& x, const Small& v, const std::vector<double>& scale) {
  Tensor<float> right({v.rows(), v.cols()});
  for (Index i = 0; i < v.rows(); ++i)
    for (Index j = 0; j < v.cols(); ++j) right(i, j) = static_cast<float>(v(i, j) * scale[static_cast<std::size_t>(j)]);
  return matmul(x, Floats(right));
}

}  // namespace

PrincipalComponents principal_components(const Tensor<float>& points) {
  const auto [n, k] = points.sizes<2>("principal_components: points [N, K]");
  const NoGrad no_grad;
  const Floats x = Floats(points) - mean(Floats(points), 0, true), x_t = transpose(x);

  // Subspace iteration (Golub and Van Loan, 8.2.4): multiplying by the covariance turns a few directions towards those
  // of largest variance, orthonormal again after each turn. Within what they span the eigenproblem is small, and
  // solved exactly.
  const Index tried = std::min(k, most_directions);
  Floats directions(Rng(1).normal<float>({k, tried}));
  for (int turn = 0; turn < 30; ++turn) {
    if (turn > 0) directions = matmul(x_t, matmul(x, directions));
    const auto [values, vectors] = gram_eigensystem(directions);
    std::vector<double> scale;
    for (const double value : values)  // where it is least, a direction is rounding only
      scale.push_back(value > 1e-20 * values[0] ? 1 / std::sqrt(value) : 0);
    directions = turned(directions, vectors, scale);
  }
  const Floats projected = matmul(x, directions);
  const auto [values, vectors] = gram_eigensystem(projected);
  const Tensor<float> along = turned(projected, vectors, std::vector<double>(values.size(), 1)).value();
  const double total = std::transform_reduce(x.value().elements().begin(), x.value().elements().end(), 0.0, std::plus{},
                                             [](double element) { return element * element; });

  PrincipalComponents result;
  result.points = Tensor<float>({n, 2});
  for (Index axis = 0; axis < std::min<Index>(2, tried); ++axis) {
    for (Index i = 0; i < n; ++i) result.points(i, axis) = along(i, axis);
    if (total > 0) result.share[static_cast<std::size_t>(axis)] = values[static_cast<std::size_t>(axis)] / total;
  }
  return result;
}

}  // namespace study
