#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Conv2dSizes;
using kernels::Into;

namespace {

/// Convolutions of many kinds; the output size follows from the others.
std::vector<Conv2dSizes> many_sizes() {
  std::vector<Conv2dSizes> result;
  const auto add = [&](Conv2dSizes s) {
    s.oh = (s.h + 2 * s.padding_h - s.dilation_h * (s.kh - 1) - 1) / s.stride_h + 1;
    s.ow = (s.w + 2 * s.padding_w - s.dilation_w * (s.kw - 1) - 1) / s.stride_w + 1;
    result.push_back(s);
  };
  for (Index c : {1, 3, 8})
    for (Index o : {1, 7, 16, 33, 40})
      for (Index stride : {1, 2, 3})
        for (Index dilation : {1, 2})
          add({.n = 2, .h = 9, .w = 11, .c = c, .oh = 0, .ow = 0, .o = o, .kh = 3, .kw = 3, .stride_h = stride,
               .stride_w = stride, .padding_h = 1, .padding_w = 1, .dilation_h = dilation, .dilation_w = dilation});
  // Kernels that are not square, larger than the stride, smaller than it, single, larger than the padding needs.
  add({.n = 3, .h = 7, .w = 8, .c = 4, .oh = 0, .ow = 0, .o = 6, .kh = 1, .kw = 5, .stride_h = 2, .stride_w = 1,
       .padding_h = 0, .padding_w = 3});
  add({.n = 1, .h = 10, .w = 9, .c = 2, .oh = 0, .ow = 0, .o = 5, .kh = 4, .kw = 2, .stride_h = 3, .stride_w = 2,
       .padding_h = 2, .padding_w = 0, .dilation_h = 2, .dilation_w = 3});
  add({.n = 9, .h = 5, .w = 5, .c = 17, .oh = 0, .ow = 0, .o = 18, .kh = 1, .kw = 1});
  add({.n = 1, .h = 6, .w = 6, .c = 3, .oh = 0, .ow = 0, .o = 3, .kh = 1, .kw = 1, .stride_h = 3, .stride_w = 2});
  add({.n = 2, .h = 5, .w = 5, .c = 3, .oh = 0, .ow = 0, .o = 4, .kh = 5, .kw = 5, .stride_h = 2, .stride_w = 2,
       .padding_h = 4, .padding_w = 3});
  // Groups, down to one channel each.
  for (Index groups : {2, 3, 6})
    add({.n = 2, .h = 6, .w = 7, .c = 6, .oh = 0, .ow = 0, .o = 12, .kh = 3, .kw = 2, .stride_h = 2, .stride_w = 1,
         .padding_h = 1, .padding_w = 1, .groups = groups});
  add({.n = 20, .h = 4, .w = 4, .c = 2, .oh = 0, .ow = 0, .o = 80, .kh = 2, .kw = 2, .groups = 2});
  return result;
}

template <Scalar T>
struct Problem {
  Conv2dSizes s;
  Tensor<T> x, weight, y;

  explicit Problem(const Conv2dSizes& sizes)
      : s(sizes),
        x(reference::random<T>({s.n, s.h, s.w, s.c}, 1)),
        weight(reference::random<T>({s.o, s.c / s.groups, s.kh, s.kw}, 2)),
        y(reference::random<T>({s.n, s.oh, s.ow, s.o}, 3)) {}
};

}  // namespace

TEST_CASE_TEMPLATE("conv2d: agrees with the plain loop", T, float, double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    const auto bias = reference::random<T>({s.o}, 4);
    Tensor<double> expected({s.n, s.oh, s.ow, s.o});
    for (Index i = 0; i < expected.numel(); ++i) expected.elements()[static_cast<std::size_t>(i)] = static_cast<double>(bias(i % s.o));
    double* e = expected.data();
    const T *x = std::as_const(p.x).data(), *w = std::as_const(p.weight).data();
    reference::each_conv2d_product(s, [&](Index xi, Index wi, Index yi) {
      e[yi] += static_cast<double>(x[xi]) * static_cast<double>(w[wi]);
    });
    CAPTURE(p.x.shape());
    CAPTURE(p.weight.shape());
    kernels::conv2d(s, x, w, bias.data(), Into::overwrite, p.y.data());
    CHECK(reference::difference(p.y, expected) < reference::tolerance<T>(s.c * s.kh * s.kw));
  }
}

TEST_CASE_TEMPLATE("conv2d: the gradient of the input agrees with the plain loop, adding and writing with a bias", T,
                   float, double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    const auto bias = reference::random<T>({s.c}, 4);
    Tensor<double> sums({s.n, s.h, s.w, s.c});
    double* e = sums.data();
    const T *y = std::as_const(p.y).data(), *w = std::as_const(p.weight).data();
    reference::each_conv2d_product(s, [&](Index xi, Index wi, Index yi) {
      e[xi] += static_cast<double>(y[yi]) * static_cast<double>(w[wi]);
    });
    Tensor<double> added = sums, written = sums;
    for (Index i = 0; i < sums.numel(); ++i) {
      added.elements()[static_cast<std::size_t>(i)] += static_cast<double>(std::as_const(p.x).elements()[static_cast<std::size_t>(i)]);
      written.elements()[static_cast<std::size_t>(i)] += static_cast<double>(bias(i % s.c));
    }
    CAPTURE(p.x.shape());
    CAPTURE(p.weight.shape());
    CAPTURE(s.stride_h);
    kernels::conv2d_transposed(s, y, w, static_cast<const T*>(nullptr), Into::accumulate, p.x.data());
    CHECK(reference::difference(p.x, added) < reference::tolerance<T>(s.o * s.kh * s.kw));
    kernels::conv2d_transposed(s, y, w, bias.data(), Into::overwrite, p.x.data());
    CHECK(reference::difference(p.x, written) < reference::tolerance<T>(s.o * s.kh * s.kw));
  }
}

TEST_CASE_TEMPLATE("conv2d: the gradient of the weight agrees with the plain loop", T, float, double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    Tensor<double> expected = p.weight.template cast<double>();
    double* e = expected.data();
    const T *y = std::as_const(p.y).data(), *x = std::as_const(p.x).data();
    reference::each_conv2d_product(s, [&](Index xi, Index wi, Index yi) {
      e[wi] += static_cast<double>(x[xi]) * static_cast<double>(y[yi]);
    });
    CAPTURE(p.x.shape());
    CAPTURE(p.weight.shape());
    kernels::conv2d_weight_gradient(s, x, y, p.weight.data());
    CHECK(reference::difference(p.weight, expected) < reference::tolerance<T>(s.n * s.oh * s.ow));
  }
}

TEST_CASE("conv2d: the same bits for any number of threads") {
  const Conv2dSizes s{.n = 13, .h = 14, .w = 14, .c = 16, .oh = 14, .ow = 14, .o = 32, .kh = 3, .kw = 3, .padding_h = 1,
                      .padding_w = 1};
  const Problem<float> p(s);
  std::vector<Tensor<float>> first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    Tensor<float> y(p.y.shape()), dx(p.x.shape()), dw(p.weight.shape());
    const float* none = nullptr;
    kernels::conv2d(s, p.x.data(), p.weight.data(), none, Into::overwrite, y.data());
    kernels::conv2d_transposed(s, p.y.data(), p.weight.data(), none, Into::accumulate, dx.data());
    kernels::conv2d_weight_gradient(s, p.x.data(), p.y.data(), dw.data());
    if (first.empty()) first = {y, dx, dw};
    CHECK(reference::identical(y, first[0]));
    CHECK(reference::identical(dx, first[1]));
    CHECK(reference::identical(dw, first[2]));
  }
  set_threads(0);
}
