#include "../errors.hpp"
#include "conv2d_problems.hpp"

using namespace latent;
using namespace conv2d_problems;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("conv2d_direct: agrees with the other ways, adding and writing with a bias", T, float, double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    const auto bias = reference::random<T>({s.c}, 4);
    const kernels::detail::DirectConv2dTransposed<T> direct(s, p.weight.data());
    CHECK(direct.padding().none());
    for (const WriteMode mode : {WriteMode::overwrite, WriteMode::accumulate}) {
      Tensor<T> expected = p.x, actual = p.x;
      kernels::conv2d_transposed<T>(s, p.y.data(), p.weight.data(), {mode, bias.data()}, expected.data());
      for (Index i = 0; i < s.n; ++i)
        direct(std::as_const(p.y).data() + i * s.y_size(), {mode, bias.data()}, actual.data() + i * s.x_size());
      CHECK(reference::difference(actual, expected) < reference::tolerance<T>(s.o * s.kh * s.kw));
    }
  }
}

TEST_CASE_TEMPLATE("conv2d_direct: infinite and NaN weights reach the pixels that they are taps of, and no others", T,
                   float, double) {
  for (const double special : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    for (const Conv2dSizes& s : many_sizes()) {
      Problem<T> p(s);
      p.weight.elements()[0] = static_cast<T>(special);
      p.weight.elements().back() = static_cast<T>(-special);
      Tensor<double> expected(p.x.shape());
      reference::each_conv2d_product(s, [&](Index x, Index w, Index y) {
        expected.data()[x] +=
            static_cast<double>(std::as_const(p.weight).data()[w]) * static_cast<double>(std::as_const(p.y).data()[y]);
      });
      kernels::conv2d_transposed<T>(s, p.y.data(), p.weight.data(), {}, p.x.data());
      Index alike = 0;
      for (Index i = 0; i < p.x.numel(); ++i) {
        const auto a = static_cast<double>(p.x.data()[i]), e = expected.data()[i];
        alike += std::isnan(a) == std::isnan(e) && std::isinf(a) == std::isinf(e) && (!std::isinf(a) || a == e);
      }
      CAPTURE(p.weight.shape());
      CHECK(alike == p.x.numel());
    }
}
