#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Conv2dSizes;
using kernels::WriteMode;
using namespace kernels::detail;

namespace {

/// A 3 x 3 kernel with stride 2, as the study's last layer has it.
Conv2dSizes sizes(Index channels) {
  return {.n = 1,
          .h = 9,
          .w = 8,
          .c = channels,
          .oh = 5,
          .ow = 4,
          .o = 7,
          .kh = 3,
          .kw = 3,
          .stride_h = 2,
          .stride_w = 2,
          .padding_h = 1,
          .padding_w = 1};
}

}  // namespace

TEST_CASE_TEMPLATE("col2im: gives what the phases give, for any number of channels, written and added", T, float,
                   double) {
  for (Index channels : {1, 2, 5}) {
    const Conv2dSizes s = sizes(channels);
    const auto y = reference::random<T>({s.oh, s.ow, s.o}, 1), weight = reference::random<T>({s.o, s.c, 3, 3}, 2),
               bias = reference::random<T>({s.c}, 3), before = reference::random<T>({s.h, s.w, s.c}, 4);
    const Col2imConv2dTransposed<T> col2im(s, weight.data());
    const PackedConv2dTransposed<T> phases(s, weight.data());
    const PaddedImages<T> padded(phases.padding(), 1);
    for (const WriteMode mode : {WriteMode::overwrite, WriteMode::accumulate}) {
      Tensor<T> one = before, other = before;
      col2im(padded(y.data(), 1), {mode, bias.data()}, one.data());
      phases(padded(y.data(), 1), {mode, bias.data()}, other.data());
      CHECK(reference::difference(one, other) < reference::tolerance<T>(9 * s.o));
    }
  }
}

TEST_CASE("col2im: is for few channels in one group") {
  CHECK(Col2imConv2dTransposed<float>::applicable(sizes(1)));
  CHECK_FALSE(Col2imConv2dTransposed<float>::applicable(sizes(kernels::lanes<float>)));
  Conv2dSizes grouped = sizes(1);
  grouped.groups = 7;
  CHECK_FALSE(Col2imConv2dTransposed<float>::applicable(grouped));
}
