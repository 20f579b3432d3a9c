#include "../errors.hpp"
#include "conv2d_problems.hpp"

using namespace latent;
using namespace conv2d_problems;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("conv2d: the gradient of the input agrees with the plain loop, adding and writing with a bias", T,
                   float, double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    const auto bias = reference::random<T>({s.c}, 4);
    Tensor<double> sums({s.n, s.h, s.w, s.c});
    double* e = sums.data();
    const T *y = std::as_const(p.y).data(), *w = std::as_const(p.weight).data();
    reference::each_conv2d_product(
        s, [&](Index xi, Index wi, Index yi) { e[xi] += static_cast<double>(y[yi]) * static_cast<double>(w[wi]); });
    Tensor<double> added = sums, written = sums;
    for (Index i = 0; i < sums.numel(); ++i) {
      added.elements()[static_cast<std::size_t>(i)] +=
          static_cast<double>(std::as_const(p.x).elements()[static_cast<std::size_t>(i)]);
      written.elements()[static_cast<std::size_t>(i)] += static_cast<double>(bias(i % s.c));
    }
    CAPTURE(p.x.shape());
    CAPTURE(p.weight.shape());
    CAPTURE(s.stride_h);
    kernels::conv2d_transposed<T>(s, y, w, {WriteMode::accumulate}, p.x.data());
    CHECK(reference::difference(p.x, added) < reference::tolerance<T>(s.o * s.kh * s.kw));
    kernels::conv2d_transposed<T>(s, y, w, {.bias = bias.data()}, p.x.data());
    CHECK(reference::difference(p.x, written) < reference::tolerance<T>(s.o * s.kh * s.kw));
  }
}
