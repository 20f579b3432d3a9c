#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Columns;
using kernels::load;
using kernels::Row;
using kernels::Vector;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("rows: maximum, sum and map of every length, in place too", T, float, double) {
  for (Index n = 1; n < 80; ++n) {
    CAPTURE(n);
    // All are negative, so that a zero beside them would be the largest.
    const auto x = reference::random<T>({n}, static_cast<std::uint64_t>(n), -2, -1);
    const Row<T> row{n};
    T most = -3;
    double total = 0;
    for (const T v : x.elements()) {
      most = std::max(most, v);
      total += static_cast<double>(v);
    }
    const auto element = [&](Index i, Index count) { return load(x.data() + i, count); };
    const Vector<T> largest = row.max(x.data()), sum = row.sum(element), by_four = row.template sum<4>(element);
    for (Index lane = 0; lane < kernels::lanes<T>; ++lane) {
      CHECK(largest[lane] == most);
      CHECK(static_cast<double>(sum[lane]) == doctest::Approx(total).epsilon(1e-6));
      CHECK(static_cast<double>(by_four[lane]) == doctest::Approx(total).epsilon(1e-6));
    }
    Tensor<T> y = x;
    const auto twice = [](const Vector<T>& v) { return v + v; };
    row.map({y.data()}, twice, y.data());
    row.map({y.data(), WriteMode::accumulate}, twice, x.data());
    for (Index i = 0; i < n; ++i) CHECK(y(i) == 4 * x(i));
  }
}

TEST_CASE("rows and columns: sums of a hundred thousand equal terms are right to a few units in the last place") {
  constexpr Index n = 100'000, inner = 3;
  const auto x = Tensor<float>::full({n, inner}, 0.1f);
  const auto element = [&](Index i, Index count) { return load(x.data() + i, count); };
  CHECK(Row<float>{n}.sum(element)[0] == doctest::Approx(0.1 * n).epsilon(1e-6));
  const Vector<float> sums = Columns<float>{n, inner, inner}.sum(element);
  for (Index j = 0; j < inner; ++j) CHECK(sums[j] == doctest::Approx(0.1 * n).epsilon(1e-6));
}

TEST_CASE("each_line: meets every line once, for any number of threads") {
  for (const Shape& shape : {Shape{3000, 7, 1}, Shape{5, 3, 70}, Shape{2, 5000, 3}, Shape{4, 0, 2}, Shape{0, 2, 2}})
    for (int threads : {1, 3}) {
      set_threads(threads);
      Tensor<float> y(shape);
      float* const to = y.data();
      kernels::each_line<float>(shape[0], shape[1], shape[2], 100, [=](const auto& line, Index at) {
        line.map({to + at, WriteMode::accumulate}, [] { return Vector<float>{} + 1.0f; });
      });
      CHECK(reference::identical(y, Tensor<float>::full(shape, 1)));
    }
  set_threads(0);
}
