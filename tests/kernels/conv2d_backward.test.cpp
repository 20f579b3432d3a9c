#include "../errors.hpp"
#include "conv2d_problems.hpp"

using namespace latent;
using namespace conv2d_problems;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("conv2d: the gradients of weight and bias agree with the plain loop", T, float, double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    Tensor<double> expected = p.weight.template cast<double>(), expected_bias({s.o}), transposed_bias({s.c});
    double* e = expected.data();
    const T *y = std::as_const(p.y).data(), *x = std::as_const(p.x).data(), *w = std::as_const(p.weight).data();
    reference::each_conv2d_product(
        s, [&](Index xi, Index wi, Index yi) { e[wi] += static_cast<double>(x[xi]) * static_cast<double>(y[yi]); });
    for (Index i = 0; i < p.y.numel(); ++i) expected_bias(i % s.o) += static_cast<double>(y[i]);
    for (Index i = 0; i < p.x.numel(); ++i) transposed_bias(i % s.c) += static_cast<double>(x[i]);
    CAPTURE(p.x.shape());
    CAPTURE(p.weight.shape());
    const auto tolerance = reference::tolerance<T>(s.n * s.oh * s.ow);
    Tensor<T> dw = p.weight, db({s.o}), transposed_dw = p.weight, transposed_db({s.c});
    kernels::conv2d_backward<T>(s, {x, w, nullptr, y}, {{}, {dw.data(), WriteMode::accumulate}, {db.data()}});
    CHECK(reference::difference(dw, expected) < tolerance);
    CHECK(reference::difference(db, expected_bias) < tolerance);
    // With x and y exchanged, it is that of the transposed convolution.
    kernels::conv2d_transposed_backward<T>(s, {y, w, nullptr, x},
                                           {{}, {transposed_dw.data(), WriteMode::accumulate}, {transposed_db.data()}});
    CHECK(reference::difference(transposed_dw, expected) < tolerance);
    CHECK(reference::difference(transposed_db, transposed_bias) < 4 * reference::tolerance<T>(s.n * s.h * s.w));
  }
}

TEST_CASE_TEMPLATE("conv2d: backward gives the gradient of the input too, and goes through the activation", T, float,
                   double) {
  for (const Conv2dSizes& s : many_sizes()) {
    Problem<T> p(s);
    const T *y = std::as_const(p.y).data(), *x = std::as_const(p.x).data(), *w = std::as_const(p.weight).data();
    const auto dy = reference::random<T>(p.y.shape(), 5), dx = reference::random<T>(p.x.shape(), 6);
    const auto through = [](const Tensor<T>& value, const Tensor<T>& upstream) {
      Tensor<T> dz = upstream;
      for (Index i = 0; i < dz.numel(); ++i)
        if (value.data()[i] <= 0) dz.data()[i] = 0;
      return dz;
    };
    CAPTURE(p.x.shape());
    CAPTURE(p.weight.shape());
    const auto tolerance = reference::tolerance<T>(s.n * s.h * s.w * s.c);
    Tensor<T> expected = p.x, expected_dw(p.weight.shape()), got = p.x, dw(p.weight.shape());
    const Tensor<T> dz = through(p.y, dy);
    kernels::conv2d_transposed<T>(s, dz.data(), w, {WriteMode::accumulate}, expected.data());
    kernels::conv2d_backward<T>(s, {x, w, nullptr, dz.data()}, {{}, {expected_dw.data()}, {}});
    kernels::conv2d_backward<T>(s, {x, w, y, dy.data(), kernels::Activation::relu},
                                {{got.data(), WriteMode::accumulate}, {dw.data()}, {}});
    CHECK(reference::difference(got, expected) < tolerance);
    CHECK(reference::difference(dw, expected_dw) < tolerance);

    Tensor<T> expected_y(p.y.shape()), got_y(p.y.shape());
    const Tensor<T> transposed_dz = through(p.x, dx);
    kernels::conv2d<T>(s, transposed_dz.data(), w, {}, expected_y.data());
    kernels::conv2d_transposed_backward<T>(s, {y, w, x, dx.data(), kernels::Activation::relu},
                                           {{got_y.data()}, {}, {}});
    CHECK(reference::difference(got_y, expected_y) < tolerance);
  }
}

TEST_CASE("conv2d: an empty batch overwrites the gradients of weight and bias with zeros") {
  const Conv2dSizes s{.n = 0, .h = 4, .w = 4, .c = 2, .oh = 2, .ow = 2, .o = 3, .kh = 3, .kw = 3};
  auto weight = Tensor<float>::full({3, 2, 3, 3}, 5), bias = Tensor<float>::full({3}, 5);
  const Tensor<float> w(weight.shape());
  kernels::conv2d_backward<float>(s, {nullptr, w.data(), nullptr, nullptr}, {{}, {weight.data()}, {bias.data()}});
  CHECK(reference::identical(weight, Tensor<float>(weight.shape())));
  CHECK(reference::identical(bias, Tensor<float>(bias.shape())));
}
