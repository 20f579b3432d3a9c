#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("gemm_few_rows: agrees with the plain loop over odd sizes, written, added and activated", T, float,
                   double) {
  for (Index m : {1, 3})
    for (Index n : {1, 7, 8, 17, 33})
      for (Index k : {0, 1, 8, 9, 100}) {
        const auto a = reference::random<T>({m, k}, 1), b = reference::random<T>({n, k}, 2);
        const auto bias = reference::random<T>({n}, 3), before = reference::random<T>({m, n}, 4);
        const Tensor<double> product = reference::matmul(a, reference::transposed(b));
        CAPTURE(m);
        CAPTURE(n);
        CAPTURE(k);
        Tensor<T> c = before;
        Tensor<double> expected = product;
        kernels::gemm_few_rows<T>(m, n, k, a.data(), k, b.data(), k, {WriteMode::accumulate, bias.data()}, c.data(), n);
        for (Index i = 0; i < m; ++i)
          for (Index j = 0; j < n; ++j)
            expected(i, j) += static_cast<double>(bias(j)) + static_cast<double>(before(i, j));
        CHECK(reference::difference(c, expected) < reference::tolerance<T>(k + 2));
        kernels::gemm_few_rows<T>(m, n, k, a.data(), k, b.data(), k, {.activation = kernels::Activation::relu},
                                  c.data(), n);
        for (Index i = 0; i < m; ++i)
          for (Index j = 0; j < n; ++j) expected(i, j) = std::max(product(i, j), 0.0);
        CHECK(reference::difference(c, expected) < reference::tolerance<T>(k));
      }
}

TEST_CASE("gemm_few_rows: a million products are added as well as a few") {
  constexpr Index k = 1'000'003;
  const auto a = Tensor<float>::full({1, k}, 0.1f), b = Tensor<float>::full({2, k}, 0.7f);
  float c[2];
  kernels::gemm_few_rows<float>(1, 2, k, a.data(), k, b.data(), k, {}, c, 2);
  const double expected = k * static_cast<double>(0.1f) * static_cast<double>(0.7f);
  for (const float y : c) CHECK(static_cast<double>(y) == doctest::Approx(expected).epsilon(3e-6));
}

TEST_CASE("gemm_few_rows: infinity stays infinity, and NaN NaN") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Index k : {3, 5000}) {
    auto a = Tensor<float>::full({1, k}, 1);
    const auto b = Tensor<float>::full({1, k}, 1);
    float c = 0;
    const auto multiply = [&] { kernels::gemm_few_rows<float>(1, 1, k, a.data(), k, b.data(), k, {}, &c, 1); };
    a(0, 1) = infinity;
    multiply();
    CHECK(c == infinity);
    a(0, 2) = -infinity;
    multiply();
    CHECK(std::isnan(c));
  }
}
