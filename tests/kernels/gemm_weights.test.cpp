#include <latent/kernels/packed_weights_table.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::MatrixView;
using kernels::PackedWeights;
using kernels::PackedWeightsTable;
using kernels::WriteMode;

namespace {

/// c (+)= a b^T + bias, activated    a [M, K], b [N, K], c [M, N]
template <Scalar T>
Tensor<T> times_weights(const Tensor<T>& a, const Tensor<T>& b, const kernels::Epilogue<T>& epilogue, Tensor<T> c) {
  const Index m = a.size(0), n = b.size(0), k = a.size(1);
  kernels::gemm_weights(m, n, k, MatrixView<T>{a.data(), k}, MatrixView<T>{b.data(), 1, k}, c.data(), n, epilogue);
  return c;
}

}  // namespace

TEST_CASE_TEMPLATE("gemm_weights: with packed weights it agrees with the plain loop over odd sizes, and with gemm", T,
                   float, double) {
  for (Index m : {0, 1, 2, 3, 4, 5, 9, 33, 70})
    for (Index n : {1, 7, 8, 17, 33})
      for (Index k : {0, 1, 9, 300, 4100}) {
        const auto a = reference::random<T>({m, k}, 1), b = reference::random<T>({n, k}, 2);
        const auto bias = reference::random<T>({n}, 3), before = reference::random<T>({m, n}, 4);
        const kernels::Epilogue<T> epilogue{WriteMode::accumulate, bias.data(), kernels::Activation::relu};
        Tensor<double> expected = reference::matmul(a, reference::transposed(b));
        for (Index i = 0; i < m; ++i)
          for (Index j = 0; j < n; ++j)
            expected(i, j) =
                std::max(expected(i, j) + static_cast<double>(bias(j)) + static_cast<double>(before(i, j)), 0.0);
        PackedWeightsTable all;
        all.hold(b.data(), nullptr);
        const PackedWeightsTable::Filled filled(all);
        const Tensor<T> packed = times_weights(a, b, epilogue, before);
        CAPTURE(m);
        CAPTURE(n);
        CAPTURE(k);
        CHECK(reference::difference(packed, expected) < reference::tolerance<T>(k + 2));
        if (m > 4) {
          PackedWeightsTable none;
          const PackedWeights::Shown shown(none);
          CHECK(reference::identical(packed, times_weights(a, b, epilogue, before)));
        }
      }
}

TEST_CASE("gemm_weights: the same bits for any number of threads, packed or not") {
  const auto b = reference::random<float>({300, 800}, 2);
  PackedWeightsTable all;
  all.hold(b.data(), nullptr);
  const PackedWeightsTable::Filled filled(all);
  for (const Index m : {1, 3, 70}) {
    const auto a = reference::random<float>({m, 800}, 1);
    set_threads(1);
    const auto one = times_weights(a, b, {}, Tensor<float>({m, 300}));
    for (int threads : {2, 3, 7}) {
      set_threads(threads);
      CHECK(reference::identical(times_weights(a, b, {}, Tensor<float>({m, 300})), one));
    }
  }
  set_threads(0);
}
