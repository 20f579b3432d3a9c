#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::detail::Phase;
using kernels::detail::Phases;

TEST_CASE("phases: of stride 2, kernel 3 and padding 1, even pixels have the middle tap, odd ones the outer two") {
  // 14 pixels of x for 7 of y: x[i] gathers y[o] weight[k] where i + 1 = 2 o + k.
  const Phases phases(14, 7, 3, 2, 1, 1);
  REQUIRE(phases.all.size() == 2);
  const Phase &odd = phases.all[0], &even = phases.all[1];  // by (i + padding) % stride
  CHECK(odd.first == 1);
  CHECK(odd.count == 7);
  REQUIRE(odd.taps.size() == 2);
  CHECK(odd.taps[0].k == 0);
  CHECK(odd.taps[1].k == 2);
  CHECK(odd.taps[1].shift == 1);
  CHECK(even.first == 0);
  CHECK(even.count == 7);
  REQUIRE(even.taps.size() == 1);
  CHECK(even.taps[0].k == 1);
}

TEST_CASE("phases: every pixel belongs to one phase, and its taps name the outputs of the formula") {
  for (Index stride : {1, 2, 3})
    for (Index kernel : {1, 2, 5})
      for (Index padding : {0, 1, 2})
        for (Index dilation : {1, 2}) {
          const Index size = 11, outputs = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
          const Phases phases(size, outputs, kernel, stride, padding, dilation);
          std::vector<int> met(static_cast<std::size_t>(size));
          for (const Phase& phase : phases.all)
            for (Index n = 0; n < phase.count; ++n) {
              const Index i = phase.first + n * stride;
              ++met[static_cast<std::size_t>(i)];
              Index expected = 0;
              for (Index k = 0; k < kernel; ++k) expected += (i + padding - k * dilation) % stride == 0;
              CHECK(std::ssize(phase.taps) == expected);
              for (const Phase::Tap& tap : phase.taps) {
                const Index output = phase.quotient + n - tap.shift;
                CHECK(output * stride + tap.k * dilation == i + padding);
                CHECK(output >= -phases.before);
                CHECK(output < phases.end);
              }
            }
          CHECK(std::ranges::all_of(met, [](int n) { return n == 1; }));
        }
}
