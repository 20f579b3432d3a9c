#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// Images twice as high and wide.
void add_upsampling(const std::string& name, Index side, Index channels, kernels::InterpolationMode mode) {
  const kernels::Upsample2dSizes s{
      .n = 64, .h = side, .w = side, .c = channels, .oh = 2 * side, .ow = 2 * side, .mode = mode};
  const Shape in{s.n, s.h, s.w, s.c}, out{s.n, s.oh, s.ow, s.c};
  const std::string sizes = std::to_string(side) + "x" + std::to_string(side) + "x" + std::to_string(channels);
  const double bytes = 4 * static_cast<double>(in.numel() + out.numel());
  add_bytes("upsample2d/" + name + "/" + sizes + "/forward", bytes, [=] {
    return [=, x = random(in), y = Tensor<float>(out)]() mutable {
      kernels::upsample2d(s, std::as_const(x).data(), y.data());
    };
  });
  add_bytes("upsample2d/" + name + "/" + sizes + "/backward", bytes, [=] {
    return [=, dy = random(out), dx = Tensor<float>(in)]() mutable {
      kernels::upsample2d_backward(s, std::as_const(dy).data(), {dx.data()});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  for (const Index channels : {1, 16, 64}) {
    add_upsampling("nearest", 14, channels, kernels::InterpolationMode::nearest);
    add_upsampling("bilinear", 14, channels, kernels::InterpolationMode::bilinear);
  }
  return true;
}();

}  // namespace
