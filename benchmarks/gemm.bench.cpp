#include <latent/kernels/matmul_precision.hpp>

#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;
using kernels::MatrixView;

/// c [m, n] = a [m, k] b [k, n], each as it is or transposed in memory
void add_product(const std::string& name, Index m, Index n, Index k, bool transposed_a, bool transposed_b) {
  const double flops = 2 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  add_flops(std::string("gemm/") + name + "/" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k),
            flops, [=] {
              return [=, a = random({m, k}), b = random({k, n}), c = Tensor<float>({m, n})]() mutable {
                const MatrixView<float> left{a.data(), transposed_a ? m : k}, right{b.data(), transposed_b ? k : n};
                kernels::gemm(m, n, k, transposed_a ? left.transposed() : left,
                              transposed_b ? right.transposed() : right, c.data(), n);
              };
            });
}

/// A Linear's forward and a square product whose operands are rounded to bfloat16, beside the peak of float.
void add_bfloat16(Index m, Index n, Index k) {
  const double flops = 2 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  add_flops("gemm/bfloat16/" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k), flops, [=] {
    return [=, a = random({m, k}), b = random({n, k}), c = Tensor<float>({m, n})]() mutable {
      const WithMatmulPrecision bfloat16(MatmulPrecision::bfloat16);
      kernels::gemm(m, n, k, MatrixView<float>{a.data(), k}, MatrixView<float>{b.data(), 1, k}, c.data(), n);
    };
  });
}

/// The three products of a Linear.
void add_linear(Index batch, Index in, Index out) {
  add_product("forward", batch, out, in, false, true);
  add_product("gradient_x", batch, in, out, false, false);
  add_product("gradient_weight", out, in, batch, true, false);
}

[[maybe_unused]] const bool registered = [] {
  add_linear(64, 784, 128);
  add_linear(64, 128, 64);
  add_linear(64, 64, 128);
  add_linear(64, 128, 784);
  add_linear(64, 784, 400);
  add_linear(64, 400, 32);
  add_linear(64, 32, 400);
  add_linear(64, 400, 784);
  add_product("forward", 1, 128, 784, false, true);
  for (const Index n : {128, 400, 784}) add_bfloat16(64, n, n == 784 ? 128 : 784);
  add_bfloat16(512, 512, 512);
  for (const Index size : {256, 512, 1024}) add_product("square", size, size, size, false, false);
  return true;
}();

}  // namespace
