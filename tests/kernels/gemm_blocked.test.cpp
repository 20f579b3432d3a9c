#include "../reference.hpp"

using namespace latent;
using kernels::MatrixView;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("gemm_blocked: agrees with the plain loop and has the bits of Gemm, for sizes that fill no block", T,
                   float, double) {
  for (const auto& sizes : std::vector<std::array<Index, 3>>{{1, 1, 1},
                                                             {7, 9, 33},
                                                             {33, 100, 256},
                                                             {48, 130, 257},
                                                             {49, 130, 257},
                                                             {65, 130, 257},
                                                             {146, 67, 300},
                                                             {131, 67, 700},
                                                             {70, 300, 1025}}) {
    const Index m = sizes[0], n = sizes[1], k = sizes[2];
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    const auto a = reference::random<T>({k, m}, 1), b = reference::random<T>({k, n}, 2),
               c = reference::random<T>({m, n}, 3), bias = reference::random<T>({n}, 4);
    const Tensor<double> expected = reference::matmul(reference::transposed(a), b);
    const MatrixView<T> left = MatrixView<T>{a.data(), m}.transposed(), right{b.data(), n};
    for (WriteMode mode : {WriteMode::overwrite, WriteMode::accumulate}) {
      const kernels::Epilogue<T> epilogue{mode, bias.data(), kernels::Activation::relu};
      Tensor<T> result = c, same = c;
      kernels::gemm_blocked<T>(m, n, k, left, right, result.data(), n, epilogue);
      const kernels::Gemm<T> tasks(m, n, k, left, right, same.data(), n, epilogue);
      for (Index task = 0; task < tasks.tasks(); ++task) tasks(task);
      CHECK(reference::identical(result, same));
      Tensor<double> wanted = expected;
      for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j) {
          const double before = mode == WriteMode::accumulate ? static_cast<double>(c(i, j)) : 0;
          wanted(i, j) = std::max(before + expected(i, j) + static_cast<double>(bias(j)), 0.0);
        }
      CHECK(reference::difference(result, wanted) < reference::tolerance<T>(k + 2));
    }
  }
}

TEST_CASE("gemm_blocked: takes the gradient of a weight over many rows, and no product of few") {
  const MatrixView<float> transposed{nullptr, 1, 500}, rows{nullptr, 500};
  CHECK(kernels::blocks_pay(512, 157, 1792, transposed));
  CHECK_FALSE(kernels::blocks_pay(512, 157, 64, transposed));
  CHECK_FALSE(kernels::blocks_pay(512, 157, 1792, rows));
  CHECK_FALSE(kernels::blocks_pay(512, 157, 100000, transposed));
  CHECK_FALSE(kernels::blocks_pay(10, 157, 1792, transposed));
}

TEST_CASE("gemm_blocked: the same bits for any number of threads") {
  const auto a = reference::random<float>({800, 130}, 1), b = reference::random<float>({800, 170}, 2);
  std::vector<Tensor<float>> results;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    kernels::gemm_blocked<float>(130, 170, 800, MatrixView<float>{a.data(), 130}.transposed(), {b.data(), 170},
                                 results.emplace_back(Shape{130, 170}).data(), 170);
    CHECK(reference::identical(results.back(), results.front()));
  }
  set_threads(0);
}
