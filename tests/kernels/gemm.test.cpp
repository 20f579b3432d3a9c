#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::MatrixView;
using kernels::WriteMode;

namespace {

template <Scalar T>
Tensor<T> product(const Tensor<T>& a, bool transpose_a, const Tensor<T>& b, bool transpose_b, const T* bias,
                  Tensor<T> c, WriteMode mode) {
  const Index m = c.size(0), n = c.size(1), k = a.size(transpose_a ? 0 : 1);
  const MatrixView<T> left{a.data(), a.size(1)}, right{b.data(), b.size(1)};
  kernels::gemm(m, n, k, transpose_a ? left.transposed() : left, transpose_b ? right.transposed() : right, c.data(), n,
                {mode, bias});
  return c;
}

}  // namespace

TEST_CASE_TEMPLATE("gemm: agrees with the plain loop over odd sizes, all transpositions, writing and adding", T, float,
                   double) {
  const std::vector<Index> some{1, 7, 8, 9, 33};
  std::vector<std::array<Index, 3>> sizes{{64, 128, 300}, {100, 40, 600}, {3, 5, 0},
                                          {70, 16, 257},  {70, 19, 4100}, {5, 40, 9001}};
  for (Index m : some)
    for (Index n : some)
      for (Index k : some) sizes.push_back({m, n, k});
  for (const auto& size : sizes) {
    const Index m = size[0], n = size[1], k = size[2];
    const auto a = reference::random<T>({m, k}, 1), b = reference::random<T>({k, n}, 2),
               c = reference::random<T>({m, n}, 3);
    const auto bias = reference::random<T>({n}, 4);
    const T* none = nullptr;
    const Tensor<double> expected = reference::matmul(a, b);
    Tensor<double> added = expected;
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j) added(i, j) += static_cast<double>(c(i, j)) + static_cast<double>(bias(j));
    for (bool ta : {false, true})
      for (bool tb : {false, true}) {
        CAPTURE(m);
        CAPTURE(n);
        CAPTURE(k);
        CAPTURE(ta);
        CAPTURE(tb);
        const Tensor<T> left = ta ? reference::transposed(a) : a, right = tb ? reference::transposed(b) : b;
        CHECK(reference::difference(product(left, ta, right, tb, none, c, WriteMode::overwrite), expected) <
              reference::tolerance<T>(k));
        CHECK(reference::difference(product(left, ta, right, tb, bias.data(), c, WriteMode::accumulate), added) <
              reference::tolerance<T>(k + 2));
      }
  }
}

TEST_CASE("gemm: the same bits for any number of threads") {
  const auto a = reference::random<float>({130, 700}, 1), b = reference::random<float>({700, 150}, 2);
  const float* none = nullptr;
  set_threads(1);
  const auto one = product(a, false, b, false, none, Tensor<float>({130, 150}), WriteMode::overwrite);
  for (int threads : {2, 3, 7}) {
    set_threads(threads);
    CHECK(
        reference::identical(product(a, false, b, false, none, Tensor<float>({130, 150}), WriteMode::overwrite), one));
  }
  set_threads(0);
}

TEST_CASE("gemm: writes only its columns of wider rows") {
  const auto a = reference::random<float>({9, 5}, 1), b = reference::random<float>({5, 7}, 2);
  auto wide = Tensor<float>::full({9, 11}, 3);
  kernels::gemm<float>(9, 7, 5, {a.data(), 5}, {b.data(), 7}, wide.data() + 2, 11);
  const auto expected = reference::matmul(a, b);
  for (Index i = 0; i < 9; ++i)
    for (Index j = 0; j < 11; ++j)
      CHECK(static_cast<double>(wide(i, j)) == doctest::Approx(j >= 2 && j < 9 ? expected(i, j - 2) : 3));
}

TEST_CASE_TEMPLATE("gemm: narrow rows without gaps are all right, and nothing is written behind them", T, float,
                   double) {
  for (Index n : {1, 3, 6, 7, 13})
    for (Index m : {1, 2, 5, 6, 30, 200}) {
      CAPTURE(n);
      CAPTURE(m);
      const auto a = reference::random<T>({m, 9}, 1), b = reference::random<T>({9, n}, 2),
                 bias = reference::random<T>({n}, 3);
      auto c = Tensor<T>::full({m * n + 40}, 3);
      kernels::gemm<T>(m, n, 9, {a.data(), 9}, {b.data(), n}, c.data(), n,
                       {.bias = bias.data(), .activation = kernels::Activation::relu});
      const auto product = reference::matmul(a, b);
      Tensor<double> expected = Tensor<double>::full({m * n + 40}, 3);
      for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j) expected(i * n + j) = std::max(0.0, product(i, j) + static_cast<double>(bias(j)));
      CHECK(reference::difference(c, expected) < reference::tolerance<T>(10));
    }
}

TEST_CASE_TEMPLATE("gemm: an activation of the results is the same as one afterwards, whatever the depth", T, float,
                   double) {
  using kernels::Activation;
  for (Index k : {0, 3, 700}) {
    const auto a = reference::random<T>({21, k}, 1), b = reference::random<T>({k, 37}, 2),
               bias = reference::random<T>({37}, 3);
    for (const Activation activation : {Activation::relu, Activation::sigmoid, Activation::tanh}) {
      Tensor<T> y({21, 37}), activated({21, 37});
      const MatrixView<T> left{a.data(), k}, right{b.data(), 37};
      kernels::gemm<T>(21, 37, k, left, right, y.data(), 37, {.bias = bias.data()});
      kernels::gemm<T>(21, 37, k, left, right, activated.data(), 37, {.bias = bias.data(), .activation = activation});
      kernels::activate(activation, y.data(), y.numel());
      CHECK(reference::identical(activated, y));
    }
  }
}

TEST_CASE("gemm: two products side by side are those two, and one may be empty") {
  const auto a = reference::random<float>({70, 40}, 1), b = reference::random<float>({40, 50}, 2);
  kernels::Gemm<float> nothing;
  Tensor<float> alone({70, 50}), squares({40, 40}), one = alone, other = squares;
  const MatrixView<float> left{a.data(), 40}, right{b.data(), 50};
  kernels::gemm<float>(70, 50, 40, left, right, alone.data(), 50);
  kernels::gemm<float>(40, 40, 70, left.transposed(), left, squares.data(), 40);
  kernels::gemm_both<float>({70, 50, 40, left, right, one.data(), 50},
                            {40, 40, 70, left.transposed(), left, other.data(), 40});
  CHECK(reference::identical(one, alone));
  CHECK(reference::identical(other, squares));
  one.fill(0);
  kernels::gemm_both<float>(nothing, {70, 50, 40, left, right, one.data(), 50});
  CHECK(reference::identical(one, alone));
}
