#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// One element before and behind every 28 lines or pixels of images 28 x 28 x 16.
void add_padding(const std::string& name, Index outer, Index inner) {
  const kernels::PadSizes s{outer, 28, inner, 1, 1, kernels::PadMode::reflect};
  const Shape in{outer, s.size, inner}, out{outer, s.padded(), inner};
  const double bytes = 4 * static_cast<double>(in.numel() + out.numel());
  add_bytes("pad/" + name + "/forward", bytes, [=] {
    return [=, x = random(in), y = Tensor<float>(out)]() mutable {
      kernels::pad(s, std::as_const(x).data(), 0.0f, y.data());
    };
  });
  add_bytes("pad/" + name + "/backward", bytes, [=] {
    return [=, dy = random(out), dx = Tensor<float>(in)]() mutable {
      kernels::pad_backward(s, std::as_const(dy).data(), dx.data());
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_padding("lines", 64, 28 * 16);
  add_padding("pixels", 64 * 28, 16);
  return true;
}();

}  // namespace
