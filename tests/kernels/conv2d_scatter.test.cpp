#include "conv2d_problems.hpp"

using namespace latent;
using conv2d_problems::Conv2dSizes;
using kernels::WriteMode;
using namespace kernels::detail;

namespace {

/// A 5 x 4 kernel without padding, or with more above and below than beside; windows reach no last columns of x.
Conv2dSizes wide_windows(Index channels, Index stride, Index padding) {
  return {.n = 1,
          .h = 4 * stride + 5 - 2 * padding,
          .w = 5 * stride + 4 - padding + stride - 1,
          .c = channels,
          .oh = 5,
          .ow = 6,
          .o = 9,
          .kh = 5,
          .kw = 4,
          .stride_h = stride,
          .stride_w = stride,
          .padding_h = padding,
          .padding_w = padding / 2};
}

}  // namespace

TEST_CASE_TEMPLATE("scatter: gives what the phases give, for any number of channels, written and added", T, float,
                   double) {
  for (Index channels : {1, 3, 6, 9})
    for (Index stride : {1, 2})
      for (Index padding : {0, 2}) {
        const Conv2dSizes s = wide_windows(channels, stride, padding);
        CAPTURE(channels);
        CAPTURE(stride);
        CAPTURE(padding);
        const auto y = reference::random<T>({s.oh, s.ow, s.o}, 1), weight = reference::random<T>({s.o, s.c, 5, 4}, 2),
                   bias = reference::random<T>({s.c}, 3), before = reference::random<T>({s.h, s.w, s.c}, 4);
        const ScatterConv2dTransposed<T> scatter(s, weight.data());
        const PackedConv2dTransposed<T> phases(s, weight.data());
        const PaddedImages<T> padded(phases.padding(), 1);
        for (const WriteMode mode : {WriteMode::overwrite, WriteMode::accumulate}) {
          Tensor<T> one = before, other = before;
          scatter(y.data(), {mode, bias.data(), kernels::Activation::relu}, one.data());
          phases(padded(y.data(), 1), {mode, bias.data(), kernels::Activation::relu}, other.data());
          CHECK(reference::difference(one, other) < reference::tolerance<T>(20 * s.o));
        }
      }
}

TEST_CASE("scatter: an infinite y reaches the pixels of its window only") {
  const Conv2dSizes s{.n = 1, .h = 3, .w = 9, .c = 3, .oh = 1, .ow = 3, .o = 1, .kh = 3, .kw = 3, .stride_w = 3};
  const auto weight = Tensor<float>::full({1, 3, 3, 3}, 1);
  const Tensor<float> y({1, 3, 1}, {1, std::numeric_limits<float>::infinity(), 2});
  Tensor<float> dx({3, 9, 3});
  ScatterConv2dTransposed<float>(s, weight.data())(y.data(), {}, dx.data());
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 9; ++j)
      for (Index c = 0; c < 3; ++c) CHECK(dx(i, j, c) == y(0, j / 3, 0));
}

TEST_CASE("scatter: is for few channels below windows that reach far beyond the image, in one group") {
  const Index most = kernels::lanes<float> - 1;
  Conv2dSizes s{.n = 1, .h = 12, .w = 12, .c = most, .oh = 8, .ow = 8, .o = 16, .kh = 5, .kw = 5};
  CHECK(ScatterConv2dTransposed<float>::applicable(s));
  s.c = kernels::lanes<float>;
  CHECK_FALSE(ScatterConv2dTransposed<float>::applicable(s));
  s = {.n = 1, .h = 12, .w = 12, .c = most, .oh = 8, .ow = 8, .o = most, .kh = 5, .kw = 5, .groups = most};
  CHECK_FALSE(ScatterConv2dTransposed<float>::applicable(s));
  s = {.n = 1,
       .h = 32,
       .w = 32,
       .c = most,
       .oh = 32,
       .ow = 32,
       .o = 16,
       .kh = 3,
       .kw = 3,
       .padding_h = 1,
       .padding_w = 1};
  CHECK_FALSE(ScatterConv2dTransposed<float>::applicable(s));
}
