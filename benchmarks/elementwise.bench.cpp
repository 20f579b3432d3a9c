#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;
using kernels::Activation;

constexpr Index count = 64 * 784;  // the images of a batch

void add_function(const std::string& name, void (*function)(Index, const float*, float*)) {
  add_bytes(std::string("elementwise/") + name, 8 * static_cast<double>(count), [=] {
    return [=, x = random({count}, 0.1f, 4), y = Tensor<float>({count})]() mutable {
      function(count, std::as_const(x).data(), y.data());
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_function("copy", [](Index n, const float* x, float* y) { kernels::copy(n, x, y, kernels::Into::overwrite); });
  add_function("relu", [](Index n, const float* x, float* y) {
    kernels::map(
        n, y, kernels::Into::overwrite, [](const auto& v) { return kernels::relu<float>(v); }, x);
  });
  add_function("exp", kernels::exp<float>);
  add_function("sigmoid", kernels::sigmoid<float>);
  add_function("tanh", kernels::tanh<float>);
  add_function("log", kernels::log<float>);
  add_function("sqrt", kernels::sqrt<float>);
  add_bytes("elementwise/relu_backward", 12 * static_cast<double>(count), [] {
    return [dy = random({count}), y = random({count}), dz = Tensor<float>({count})]() mutable {
      kernels::activation_backward<float>(Activation::relu, 64, 784, std::as_const(dy).data(), std::as_const(y).data(),
                                          dz.data(), nullptr);
    };
  });
  add_bytes("elementwise/sum", 4 * static_cast<double>(count),
            [] { return [x = random({count})] { benchmark::DoNotOptimize(kernels::sum(count, x.data())); }; });
  // A byte is read for each number written.
  add_bytes("data/batch_of_64", 5 * static_cast<double>(count), [] {
    data::ImageDataset images{Tensor<std::uint8_t>({60000, 28, 28}), Tensor<std::uint8_t>({60000}), {}};
    std::vector<Index> order;
    Rng(1).permutation(60000, order);
    return [images, order, next = std::size_t{0}]() mutable {
      benchmark::DoNotOptimize(images.gather(std::span<const Index>(order).subspan(next, 64)));
      next = (next + 64) % (order.size() - 64);
    };
  });
  return true;
}();

}  // namespace
