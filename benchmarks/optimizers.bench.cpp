#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

struct Problem {
  Index n;
  Tensor<float> gradient = random({n}), parameter = gradient, first = gradient, second = random({n}, 0, 1);

  kernels::OptimizedArray<float> array() {
    return {n, std::as_const(gradient).data(), parameter.data(), first.data(), second.data(), 1e-3f, 1};
  }
};

void add_optimizers(Index n) {
  const std::string size = std::string("/") + std::to_string(n);
  add_bytes("adam" + size, 28 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const auto array = p.array();
      kernels::adam<float>(
          {&array, 1}, {.rest1 = 0.1f, .beta2 = 0.999f, .rest2 = 0.001f, .eps = 1e-8f, .weight_decay = 0, .shrink = 1});
    };
  });
  add_bytes("sgd_with_momentum" + size, 20 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const auto array = p.array();
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
