#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;
using kernels::Activation;

constexpr Index count = 64 * 784;  // the images of a batch

/// y = f(x), where f takes and gives registers.
template <class F>
void add_function(const std::string& name, F f) {
  add_bytes(std::string("elementwise/") + name, 8 * static_cast<double>(count), [=] {
    return [=, x = random({count}, 0.1f, 4), y = Tensor<float>({count})]() mutable {
      kernels::map(count, y.data(), kernels::WriteMode::overwrite, f, std::as_const(x).data());
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_function("copy", [](auto v) { return v; });
  add_function("relu", [](auto v) { return kernels::Relu<float>::forward(v); });
  add_function("exp", [](auto v) { return kernels::exp<float>(v); });
  add_function("sigmoid", [](auto v) { return kernels::sigmoid<float>(v); });
  add_function("tanh", [](auto v) { return kernels::tanh<float>(v); });
  add_function("log", [](auto v) { return kernels::log<float>(v); });
  add_function("erf", [](auto v) { return kernels::erf<float>(v); });
  add_function("expm1", [](auto v) { return kernels::expm1_of_negative<float>(-v); });
  add_function("log1p", [](auto v) { return kernels::log1p<float>(v); });
  add_function("sqrt", [](auto v) { return kernels::sqrt<float>(v); });
  add_bytes("elementwise/relu_backward", 12 * static_cast<double>(count), [] {
    return [dy = random({count}), y = random({count}), dz = Tensor<float>({count})]() mutable {
      kernels::bias_activation_backward<float>(Activation::relu, 64, 784, std::as_const(dy).data(),
                                               std::as_const(y).data(), dz.data(), {});
    };
  });
  add_bytes("elementwise/dropout", 8 * static_cast<double>(count), [] {
    return [x = random({count}), y = Tensor<float>({count})]() mutable {
      kernels::dropout<float>(count, std::as_const(x).data(), {y.data()},
                              {.seed = 1, .stream = 0, .first_block = 0, .threshold = 1u << 31, .scale = 2});
    };
  });
  add_bytes("elementwise/prelu_of_3_columns", 8 * static_cast<double>(count), [] {
    return [x = random({count}), weight = random({3}), y = Tensor<float>({count})]() mutable {
      kernels::prelu(count, 3, std::as_const(x).data(), std::as_const(weight).data(), y.data());
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
