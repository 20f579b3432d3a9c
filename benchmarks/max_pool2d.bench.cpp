#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// 2 x 2 windows side by side.
void add_pooling(Index n, Index side, Index channels) {
  const kernels::MaxPool2dSizes s{.n = n,
                                  .h = side,
                                  .w = side,
                                  .c = channels,
                                  .oh = side / 2,
                                  .ow = side / 2,
                                  .kh = 2,
                                  .kw = 2,
                                  .stride_h = 2,
                                  .stride_w = 2};
  const auto inputs = static_cast<double>(s.n * s.h * s.w * s.c);
  const Shape pooled{s.n, s.oh, s.ow, s.c};
  const std::string name = message("max_pool2d/", n, "x", side, "x", side, "x", channels);
  // Inputs; a quarter as many results and as many places.
  add_bytes(name + "/forward", 4 * inputs * 1.5, [=] {
    return [=, x = random({s.n, s.h, s.w, s.c}), y = Tensor<float>(pooled),
            index = Tensor<std::int32_t>(pooled)]() mutable {
      kernels::max_pool2d(s, std::as_const(x).data(), y.data(), index.data());
    };
  });
  add_bytes(name + "/backward", 4 * inputs * 1.5, [=] {
    const Tensor<float> x = random({s.n, s.h, s.w, s.c});
    Tensor<float> y(pooled);
    Tensor<std::int32_t> index(pooled);
    kernels::max_pool2d(s, x.data(), y.data(), index.data());
    return [=, dx = Tensor<float>(x.shape())]() mutable {
      kernels::max_pool2d_backward(s, y.data(), std::as_const(index).data(), {dx.data()});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  for (const Index n : {1, 64}) {
    add_pooling(n, 28, 6);  // LeNet-5
    add_pooling(n, 10, 16);
    add_pooling(n, 28, 16);  // CNN-AE
    add_pooling(n, 14, 32);
    add_pooling(n, 56, 64);
  }
  return true;
}();

}  // namespace
