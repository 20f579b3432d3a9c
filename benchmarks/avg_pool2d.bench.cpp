#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

template <class Sizes>
void add_average(const std::string& name, const Sizes& s) {
  const Shape in{s.n, s.h, s.w, s.c}, out{s.n, s.oh, s.ow, s.c};
  const double bytes = 4 * static_cast<double>(in.numel() + out.numel());
  add_bytes("avg_pool2d/" + name + "/forward", bytes, [=] {
    return [=, x = random(in), y = Tensor<float>(out)]() mutable {
      kernels::avg_pool2d(s, std::as_const(x).data(), y.data());
    };
  });
  add_bytes("avg_pool2d/" + name + "/backward", bytes, [=] {
    return [=, dy = random(out), dx = Tensor<float>(in)]() mutable {
      kernels::avg_pool2d_backward(s, std::as_const(dy).data(), {dx.data()});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  using kernels::AvgPool2dSizes;
  for (const auto& [side, c] : {std::pair<Index, Index>{28, 16}, {28, 6}, {10, 16}})  // CNN-AE's, and LeNet-5's two
    add_average(message("2x2/", side, "x", side, "x", c), AvgPool2dSizes{.n = 64,
                                                                         .h = side,
                                                                         .w = side,
                                                                         .c = c,
                                                                         .oh = side / 2,
                                                                         .ow = side / 2,
                                                                         .kh = 2,
                                                                         .kw = 2,
                                                                         .stride_h = 2,
                                                                         .stride_w = 2});
  add_average("3x3/14x14x32", AvgPool2dSizes{.n = 64,
                                             .h = 14,
                                             .w = 14,
                                             .c = 32,
                                             .oh = 14,
                                             .ow = 14,
                                             .kh = 3,
                                             .kw = 3,
                                             .stride_h = 1,
                                             .stride_w = 1,
                                             .padding_h = 1,
                                             .padding_w = 1});
  add_average("global/7x7x512", kernels::AdaptiveAvgPool2dSizes{.n = 64, .h = 7, .w = 7, .c = 512, .oh = 1, .ow = 1});
  add_average("global/56x56x64", kernels::AdaptiveAvgPool2dSizes{.n = 8, .h = 56, .w = 56, .c = 64, .oh = 1, .ow = 1});
  return true;
}();

}  // namespace
