#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;
using kernels::Activation;

/// The four passes of BatchNorm over a batch of images.
void add_channel_norm(Index n, Index side, Index channels, Activation activation = Activation::none) {
  const kernels::ChannelSizes s{1, n * side * side, channels};
  const double bytes = 4 * static_cast<double>(s.numel());
  const std::string size = std::to_string(side) + "x" + std::to_string(side) + "x" + std::to_string(channels);
  const std::string name = "channel_norm/" + size + (activation == Activation::relu ? "/relu" : "");
  const auto norm = [=](const Tensor<float>& numbers) {
    const float* const each = numbers.data();
    return kernels::ChannelNorm<float>{each, each + channels, each + 2 * channels, activation};
  };
  const Shape numbers{4, channels};
  if (activation == Activation::none)
    add_bytes(name + "/moments", bytes, [=] {
      return [=, x = random({s.rows, channels}), sums = Tensor<double>({2, channels})]() mutable {
        kernels::channel_moments(s, std::as_const(x).data(), sums.data(), sums.data() + channels);
      };
    });
  add_bytes(name + "/forward", 2 * bytes, [=] {
    return
        [=, x = random({s.rows, channels}), y = Tensor<float>({s.rows, channels}), each = random(numbers)]() mutable {
          kernels::channel_norm(s, std::as_const(x).data(), norm(each), y.data());
        };
  });
  add_bytes(name + "/backward_sums", 2 * bytes, [=] {
    return [=, x = random({s.rows, channels}), dy = random({s.rows, channels}), each = random(numbers),
            sums = Tensor<double>({2, channels})]() mutable {
      kernels::channel_norm_sums(s, std::as_const(dy).data(), std::as_const(x).data(), norm(each), sums.data(),
                                 sums.data() + channels);
    };
  });
  add_bytes(name + "/backward", 3 * bytes, [=] {
    return [=, x = random({s.rows, channels}), dy = random({s.rows, channels}), dx = Tensor<float>({s.rows, channels}),
            each = random(numbers)]() mutable {
      const float* const lines = std::as_const(each).data();
      kernels::channel_norm_backward<float>(s, std::as_const(dy).data(), std::as_const(x).data(), norm(each),
                                            {lines, lines + channels, lines + 2 * channels, lines + 3 * channels},
                                            {dx.data()});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_channel_norm(32, 32, 64);
  add_channel_norm(32, 32, 64, Activation::relu);
  add_channel_norm(32, 8, 64);  // in the nearest caches
  add_channel_norm(32, 32, 3);
  add_channel_norm(32, 32, 16);
  add_channel_norm(32, 14, 33);
  add_channel_norm(32, 7, 512);
  return true;
}();

}  // namespace
