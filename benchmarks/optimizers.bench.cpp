#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

struct Problem {
  Index n;
  Tensor<float> gradient = random({n}), parameter = gradient, exp_avg = gradient, exp_avg_sq = random({n}, 0, 1);
};

void add_optimizers(Index n) {
  const std::string size = std::string("/") + std::to_string(n);
  add_bytes("adam" + size, 28 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const kernels::AdamArray<float> array{
          p.n, std::as_const(p.gradient).data(), p.parameter.data(), p.exp_avg.data(), p.exp_avg_sq.data(), 1e-3f, 1};
      const kernels::AdamStep<float> step{.one_minus_beta1 = 0.1f,
                                          .beta2 = 0.999f,
                                          .one_minus_beta2 = 0.001f,
                                          .eps = 1e-8f,
                                          .weight_decay = 0,
                                          .decay = 1};
      kernels::adam<float>({&array, 1}, step);
    };
  });
  add_bytes("sgd_with_momentum" + size, 20 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const kernels::SgdArray<float> array{p.n, std::as_const(p.gradient).data(), p.parameter.data(), p.exp_avg.data(),
                                           false};
      kernels::sgd<float>({&array, 1},
                          {.lr = 1e-3f, .momentum = 0.9f, .dampening = 0, .weight_decay = 0, .nesterov = false});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_optimizers(217936);  // the parameters of FC-AE
  add_optimizers(667360);  // those of VAE
  return true;
}();

}  // namespace
