#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::WriteMode;

namespace {

template <Scalar T>
struct RowNormResults {
  Tensor<T> y, dx, added;
  Tensor<double> dweight, dbias;
};

template <Scalar T>
RowNormResults<T> run_row_norm(const Tensor<T>& x, bool centered) {
  const Index rows = x.size(0), columns = x.size(1);
  const auto dy = reference::random<T>(x.shape(), 2), parameters = reference::random<T>({2, columns}, 3);
  const T *const weight = parameters.data(), *const bias = weight + columns;
  RowNormResults<T> r{Tensor<T>(x.shape()), Tensor<T>(x.shape()), Tensor<T>::full(x.shape(), T(1)),
                      Tensor<double>({columns}), Tensor<double>({columns})};
  Tensor<T> numbers({3, rows});
  T* const n = numbers.data();
  kernels::row_norm<T>(rows, columns, x.data(), centered, 1e-3, weight, bias, r.y.data(), {n, n + rows, n + 2 * rows});
  const kernels::RowNorm<const T> norm{n, n + rows, n + 2 * rows};
  kernels::row_norm_backward<T>(rows, columns, dy.data(), x.data(), centered, weight, norm, {r.dx.data()});
  kernels::row_norm_backward<T>(rows, columns, dy.data(), x.data(), centered, weight, norm,
                                {r.added.data(), WriteMode::accumulate});
  kernels::row_norm_sums<T>(rows, columns, dy.data(), x.data(), norm, r.dweight.data(), r.dbias.data());
  return r;
}

template <Scalar T>
void check_row_norm(const Tensor<T>& x, bool centered) {
  CAPTURE(x.shape());
  CAPTURE(centered);
  const Index rows = x.size(0), columns = x.size(1);
  const auto dy = reference::random<T>(x.shape(), 2), parameters = reference::random<T>({2, columns}, 3);
  const auto got = run_row_norm(x, centered);
  Tensor<double> y(x.shape()), dx(x.shape()), added(x.shape()), dweight({columns}), dbias({columns});
  const auto n = static_cast<double>(columns);
  for (Index i = 0; i < rows; ++i) {
    double mean = 0, variance = 0, m1 = 0, m2 = 0;
    for (Index j = 0; j < columns; ++j) mean += centered ? static_cast<double>(x(i, j)) / n : 0;
    for (Index j = 0; j < columns; ++j) variance += std::pow(static_cast<double>(x(i, j)) - mean, 2) / n;
    const double inverse = 1 / std::sqrt(variance + 1e-3);
    const auto z = [&](Index j) { return (static_cast<double>(x(i, j)) - mean) * inverse; };
    const auto g = [&](Index j) { return static_cast<double>(dy(i, j)) * static_cast<double>(parameters(0, j)); };
    for (Index j = 0; j < columns; ++j) {
      m1 += centered ? g(j) / n : 0;
      m2 += g(j) * z(j) / n;
    }
    for (Index j = 0; j < columns; ++j) {
      y(i, j) = z(j) * static_cast<double>(parameters(0, j)) + static_cast<double>(parameters(1, j));
      dx(i, j) = inverse * (g(j) - m1 - z(j) * m2);
      added(i, j) = 1 + dx(i, j);
      dweight(j) += static_cast<double>(dy(i, j)) * z(j);
      dbias(j) += static_cast<double>(dy(i, j));
    }
  }
  const double rounding = 40 * static_cast<double>(std::numeric_limits<T>::epsilon());
  CHECK(reference::difference(got.y, y) < rounding);
  CHECK(reference::difference(got.dx, dx) < rounding);
  CHECK(reference::difference(got.added, added) < rounding);
  CHECK(reference::difference(got.dweight, dweight) < rounding);
  CHECK(reference::difference(got.dbias, dbias) < rounding);
}

}  // namespace

TEST_CASE_TEMPLATE("row_norm: forward and backward of rows of any length", T, float, double) {
  for (const Shape& shape : {Shape{3, 1}, Shape{2, 3}, Shape{5, 7}, Shape{70, 8}, Shape{4, 9}, Shape{2, 33},
                             Shape{100, 64}, Shape{37, 100}, Shape{35, 1100}, Shape{2, 5000}, Shape{0, 4}})
    for (const bool centered : {true, false}) check_row_norm(reference::random<T>(shape, 1, T(-0.5), T(2)), centered);
}

TEST_CASE("row_norm: loses nothing where a mean is far larger than a deviation, or one number than the others") {
  for (const Index columns : {1, 2, 3, 4, 300})
    check_row_norm(reference::random<float>({3, columns}, 1, 9999, 10001), true);
  for (Index place : {0, 150, 299}) {
    auto x = reference::random<float>({2, 300}, 1);
    x(1, place) = 1e6f;
    check_row_norm(x, true);
  }
}

TEST_CASE("row_norm: the same bits with any number of threads") {
  const auto x = reference::random<float>({3000, 70}, 1);
  RowNormResults<float> first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    const auto got = run_row_norm(x, true);
    if (threads == 1) first = got;
    CHECK(reference::identical(got.y, first.y));
    CHECK(reference::identical(got.dx, first.dx));
    CHECK(reference::identical(got.dweight, first.dweight));
    CHECK(reference::identical(got.dbias, first.dbias));
  }
  set_threads(0);
}
