#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("fold: as the plain loop, in blocks too", T, float, double) {
  struct Sizes {
    Index outer, n, inner;
  };
  for (const Sizes& s : {Sizes{1, 1, 1}, {3, 7, 1}, {2, 33, 5}, {1, 100000, 1}, {1, 3000, 9}, {50, 0, 3}, {0, 4, 2}}) {
    const auto x = reference::random<T>({s.outer, s.n, s.inner}, 1);
    Tensor<double> expected({s.outer, s.inner}), y({s.outer, s.inner});
    for (Index o = 0; o < s.outer; ++o)
      for (Index i = 0; i < s.n; ++i)
        for (Index j = 0; j < s.inner; ++j)
          expected(o, j) += static_cast<double>(x(o, i, j)) * static_cast<double>(o * s.inner + j + 1);
    kernels::fold_axis(
        s.outer, s.n, s.inner, x.data(),
        [](double sum, double v, Index at) { return sum + v * static_cast<double>(at + 1); },
        [](double a, double b) { return a + b; }, y.data());
    CHECK(reference::difference(y, expected) < 1e-12);
  }
}

TEST_CASE("fold: the same bits for any number of threads") {
  const auto x = reference::random<float>({2, 30000, 3}, 1);
  const auto run = [&](int count, Index outer, Index n, Index inner) {
    set_threads(count);
    Tensor<double> y({outer, inner});
    kernels::fold_axis(
        outer, n, inner, x.data(), [](double sum, double v, Index) { return sum + v * v; },
        [](double a, double b) { return a + b; }, y.data());
    set_threads(0);
    return y;
  };
  for (const int count : {2, 3, 7}) {
    CHECK(reference::identical(run(1, 2, 30000, 3), run(count, 2, 30000, 3)));
    CHECK(reference::identical(run(1, 1, 180000, 1), run(count, 1, 180000, 1)));
    CHECK(reference::identical(run(1, 600, 300, 1), run(count, 600, 300, 1)));
  }
}
