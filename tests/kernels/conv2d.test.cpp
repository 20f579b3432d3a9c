#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Conv2dSizes;
using kernels::WriteMode;

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
          add({.n = 2,
               .h = 9,
               .w = 11,
               .c = c,
               .oh = 0,
               .ow = 0,
               .o = o,
               .kh = 3,
               .kw = 3,
               .stride_h = stride,
               .stride_w = stride,
               .padding_h = 1,
               .padding_w = 1,
               .dilation_h = dilation,
               .dilation_w = dilation});
  // Kernels that are not square, larger than the stride, smaller than it, single, larger than the padding needs.
  add({.n = 3,
       .h = 7,
       .w = 8,
       .c = 4,
       .oh = 0,
       .ow = 0,
       .o = 6,
       .kh = 1,
       .kw = 5,
       .stride_h = 2,
       .stride_w = 1,
       .padding_h = 0,
       .padding_w = 3});
  add({.n = 1,
       .h = 10,
       .w = 9,
       .c = 2,
       .oh = 0,
       .ow = 0,
       .o = 5,
       .kh = 4,
       .kw = 2,
       .stride_h = 3,
       .stride_w = 2,
       .padding_h = 2,
       .padding_w = 0,
       .dilation_h = 2,
       .dilation_w = 3});
  add({.n = 9, .h = 5, .w = 5, .c = 17, .oh = 0, .ow = 0, .o = 18, .kh = 1, .kw = 1});
  add({.n = 1, .h = 6, .w = 6, .c = 3, .oh = 0, .ow = 0, .o = 3, .kh = 1, .kw = 1, .stride_h = 3, .stride_w = 2});
  add({.n = 2,
       .h = 5,
       .w = 5,
       .c = 3,
       .oh = 0,
       .ow = 0,
       .o = 4,
       .kh = 5,
       .kw = 5,
       .stride_h = 2,
       .stride_w = 2,
       .padding_h = 4,
       .padding_w = 3});
  // Groups, down to one channel each.
  for (Index groups : {2, 3, 6})
    add({.n = 2,
         .h = 6,
         .w = 7,
         .c = 6,
         .oh = 0,
         .ow = 0,
         .o = 12,
         .kh = 3,
         .kw = 2,
         .stride_h = 2,
         .stride_w = 1,
         .padding_h = 1,
         .padding_w = 1,
         .groups = groups});
  // Two groups that fill a register together, of any width.
  for (Index o : {2, 4, 8, 16, 32})
    add({.n = 2, .h = 5, .w = 4, .c = 4, .oh = 0, .ow = 0, .o = o, .kh = 2, .kw = 3, .padding_w = 1, .groups = 2});
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
  const Conv2dSizes s{.n = 13,
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
  set_threads(0);
}
