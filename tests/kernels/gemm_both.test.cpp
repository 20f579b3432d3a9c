#include "../reference.hpp"

using namespace latent;
using kernels::MatrixView;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("gemm_both: cuts long sums of few rows into tasks for several threads, to the same bits", T, float,
                   double) {
  const Index n = 33, in = 41, out = 800;
  const auto dy = reference::random<T>({n, out}, 1), weight = reference::random<T>({out, in}, 2),
             x = reference::random<T>({n, in}, 3);
  for (WriteMode mode : {WriteMode::overwrite, WriteMode::accumulate}) {
    std::vector<Tensor<T>> dx, dw;
    for (int threads : {1, 2, 3, 7}) {
      set_threads(threads);
      T* const to_x = dx.emplace_back(reference::random<T>({n, in}, 4)).data();
      T* const to_weight = dw.emplace_back(reference::random<T>({out, in}, 5)).data();
      const kernels::Gemm<T> of_x(n, in, out, {dy.data(), out}, {weight.data(), in}, to_x, in, {mode});
      CHECK(of_x.split_pays() == (threads > 1));
      kernels::gemm_both(of_x, kernels::Gemm<T>(out, in, n, MatrixView<T>{dy.data(), out}.transposed(), {x.data(), in},
                                                to_weight, in, {mode}));
      CHECK(reference::identical(dx.back(), dx.front()));
      CHECK(reference::identical(dw.back(), dw.front()));
    }
    Tensor<double> expected = reference::matmul(dy, weight);
    if (mode == WriteMode::accumulate)
      for (std::size_t i = 0; i < expected.elements().size(); ++i)
        expected.elements()[i] += static_cast<double>(reference::random<T>({n, in}, 4).elements()[i]);
    CHECK(reference::difference(dx.back(), expected) < reference::tolerance<T>(out));
  }
  set_threads(0);
}
