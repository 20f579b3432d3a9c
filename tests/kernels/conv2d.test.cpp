#include "../errors.hpp"
#include "conv2d_problems.hpp"

using namespace latent;
using namespace conv2d_problems;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("conv2d: agrees with the plain loop", T, float, double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    const auto bias = reference::random<T>({s.o}, 4);
    Tensor<double> expected({s.n, s.oh, s.ow, s.o});
    for (Index i = 0; i < expected.numel(); ++i)
      expected.elements()[static_cast<std::size_t>(i)] = static_cast<double>(bias(i % s.o));
    double* e = expected.data();
    const T *x = std::as_const(p.x).data(), *w = std::as_const(p.weight).data();
    reference::each_conv2d_product(
        s, [&](Index xi, Index wi, Index yi) { e[yi] += static_cast<double>(x[xi]) * static_cast<double>(w[wi]); });
    CAPTURE(p.x.shape());
    CAPTURE(p.weight.shape());
    kernels::conv2d<T>(s, x, w, {.bias = bias.data()}, p.y.data());
    CHECK(reference::difference(p.y, expected) < reference::tolerance<T>(s.c * s.kh * s.kw));
  }
}

TEST_CASE_TEMPLATE("conv2d: an activation of the results is the same as one afterwards", T, float, double) {
  const Conv2dSizes s{.n = 3,
                      .h = 9,
                      .w = 7,
                      .c = 2,
                      .oh = 5,
                      .ow = 4,
                      .o = 19,
                      .kh = 3,
                      .kw = 3,
                      .stride_h = 2,
                      .stride_w = 2,
                      .padding_h = 1,
                      .padding_w = 1};
  const Problem<T> p(s);
  for (const auto activation : {kernels::Activation::relu, kernels::Activation::sigmoid, kernels::Activation::tanh}) {
    Tensor<T> y(p.y.shape()), activated = y, x(p.x.shape()), activated_x = x;
    kernels::conv2d<T>(s, p.x.data(), p.weight.data(), {}, y.data());
    kernels::conv2d<T>(s, p.x.data(), p.weight.data(), {.activation = activation}, activated.data());
    kernels::activate(activation, y.data(), y.numel());
    CHECK(reference::identical(activated, y));
    kernels::conv2d_transposed<T>(s, p.y.data(), p.weight.data(), {}, x.data());
    kernels::conv2d_transposed<T>(s, p.y.data(), p.weight.data(), {.activation = activation}, activated_x.data());
    kernels::activate(activation, x.data(), x.numel());
    CHECK(reference::identical(activated_x, x));
  }
}

TEST_CASE("conv2d: the same bits for any number of threads") {
  for (const Index n : {1, 13}) {
    const Conv2dSizes s{.n = n,
                        .h = 14,
                        .w = 14,
                        .c = 16,
                        .oh = 14,
                        .ow = 14,
                        .o = 32,
                        .kh = 3,
                        .kw = 3,
                        .padding_h = 1,
                        .padding_w = 1};
    const Problem<float> p(s);
    std::vector<Tensor<float>> first;
    for (int threads : {1, 2, 3, 7}) {
      set_threads(threads);
      Tensor<float> y(p.y.shape()), dx(p.x.shape()), dw(p.weight.shape());
      kernels::conv2d<float>(s, p.x.data(), p.weight.data(), {}, y.data());
      kernels::conv2d_backward<float>(s, {p.x.data(), p.weight.data(), y.data(), p.y.data(), kernels::Activation::relu},
                                      {{dx.data()}, {dw.data()}, {}});
      if (first.empty()) first = {y, dx, dw};
      CHECK(reference::identical(y, first[0]));
      CHECK(reference::identical(dx, first[1]));
      CHECK(reference::identical(dw, first[2]));
    }
  }
  set_threads(0);
}
