#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

void add_clipping(Index n) {
  const std::string size = std::string("/") + std::to_string(n);
  for (const double p : {2.0, std::numeric_limits<double>::infinity()})
    add_bytes((p == 2 ? "norm_of_all" : "largest_of_all") + size, 4 * static_cast<double>(n), [=] {
      return [x = random({n}), p] {
        const kernels::GradientArray<const float> array{x.numel(), x.data()};
        benchmark::DoNotOptimize(kernels::norm_of_all<float>({&array, 1}, p));
      };
    });
  add_bytes("scale_all" + size, 8 * static_cast<double>(n), [=] {
    return [x = random({n})]() mutable {
      const kernels::GradientArray<float> array{x.numel(), x.data()};
      kernels::scale_all<float>({&array, 1}, -1);
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_clipping(217936);  // the parameters of FC-AE
  add_clipping(667360);  // those of VAE
  return true;
}();

}  // namespace
