#include "../errors.hpp"
#include "conv2d_problems.hpp"

using namespace latent;
using namespace conv2d_problems;
using kernels::MaxPool2dSizes;
using kernels::WriteMode;

namespace {

/// Of an image [h, w, c]; the output size follows.
MaxPool2dSizes pooling_of(const Conv2dSizes& s, Index kernel, Index stride, Index padding, Index dilation) {
  const auto places = [=](Index size) { return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1; };
  const auto reach = dilation * (kernel - 1) + 1;
  return {.n = 1,
          .h = s.oh,
          .w = s.ow,
          .c = s.o,
          .oh = s.oh + 2 * padding < reach ? 0 : places(s.oh),
          .ow = s.ow + 2 * padding < reach ? 0 : places(s.ow),
          .kh = kernel,
          .kw = kernel,
          .stride_h = stride,
          .stride_w = stride,
          .padding_h = padding,
          .padding_w = padding,
          .dilation_h = dilation,
          .dilation_w = dilation};
}

/// Whole numbers from -4 to 4: sums of their products are exact in any order, and equal ones are common.
template <Scalar T>
Tensor<T> whole_numbers(const Shape& shape, int seed) {
  Tensor<T> x = reference::random<T>(shape, seed);
  for (T& v : x.elements()) v = std::round(4 * v);
  return x;
}

/// max_pool2d(relu(z)) in plain loops, and the gradient of z.
template <Scalar T>
void pool(const MaxPool2dSizes& p, const Tensor<double>& z, const Tensor<T>& dy, Tensor<double>& y,
          Tensor<double>& dz) {
  for (Index n = 0; n < z.size(0); ++n)
    for (Index i = 0; i < p.oh; ++i)
      for (Index j = 0; j < p.ow; ++j)
        for (Index c = 0; c < p.c; ++c) {
          double best = -std::numeric_limits<double>::infinity();
          Index row = -1, column = -1;
          for (Index kh = 0; kh < p.kh; ++kh)
            for (Index kw = 0; kw < p.kw; ++kw) {
              const Index h = i * p.stride_h - p.padding_h + kh * p.dilation_h;
              const Index w = j * p.stride_w - p.padding_w + kw * p.dilation_w;
              if (h < 0 || h >= p.h || w < 0 || w >= p.w || std::max(z(n, h, w, c), 0.0) <= best) continue;
              best = std::max(z(n, h, w, c), 0.0);
              row = h;
              column = w;
            }
          y(n, i, j, c) = best;
          if (best > 0) dz(n, row, column, c) += static_cast<double>(dy(n, i, j, c));
        }
}

}  // namespace

TEST_CASE_TEMPLATE("conv2d_max_pool2d: agrees with the plain loops, values and gradients", T, float, double) {
  std::vector<Conv2dSizes> all = many_sizes();
  // Lines of a window of many registers; images that are cut into several bands.
  all.push_back({.n = 2, .h = 6, .w = 7, .c = 40, .oh = 4, .ow = 5, .o = 3, .kh = 3, .kw = 3});
  all.push_back({.n = 9, .h = 18, .w = 44, .c = 8, .oh = 18, .ow = 45, .o = 5, .kh = 1, .kw = 2, .padding_w = 1});
  for (const Conv2dSizes& s : all)
    for (const MaxPool2dSizes& p : {pooling_of(s, 2, 2, 0, 1), pooling_of(s, 3, 2, 1, 1), pooling_of(s, 2, 1, 1, 2)}) {
      const auto x = whole_numbers<T>({s.n, s.h, s.w, s.c}, 1);
      const auto weight = whole_numbers<T>({s.o, s.c / s.groups, s.kh, s.kw}, 2), bias = whole_numbers<T>({s.o}, 3);
      const auto dy = whole_numbers<T>({s.n, p.oh, p.ow, s.o}, 4);
      Tensor<double> z({s.n, s.oh, s.ow, s.o}), dz(z.shape()), y(dy.shape()), dx(x.shape()), dw(weight.shape());
      Tensor<double> db(bias.shape());
      double *const sums = z.data(), *const dxs = dx.data(), *const dws = dw.data();
      for (Index i = 0; i < z.numel(); ++i) sums[i] = static_cast<double>(bias(i % s.o));
      reference::each_conv2d_product(s, [&](Index xi, Index wi, Index yi) {
        sums[yi] += static_cast<double>(x.data()[xi]) * static_cast<double>(weight.data()[wi]);
      });
      pool(p, z, dy, y, dz);
      const double* const upstream = std::as_const(dz).data();
      reference::each_conv2d_product(s, [&](Index xi, Index wi, Index yi) {
        dxs[xi] += static_cast<double>(weight.data()[wi]) * upstream[yi];
        dws[wi] += static_cast<double>(x.data()[xi]) * upstream[yi];
      });
      for (Index i = 0; i < dz.numel(); ++i) db(i % s.o) += upstream[i];
      CAPTURE(x.shape());
      CAPTURE(weight.shape());
      CAPTURE(p.dilation_h);
      auto got = Tensor<T>::full(dy.shape(), T(9)), got_dx = Tensor<T>::full(x.shape(), T(1));
      auto got_dw = Tensor<T>::full(weight.shape(), T(9)), got_db = Tensor<T>::full(bias.shape(), T(9));
      auto index = Tensor<std::int32_t>::full(dy.shape(), -9);
      kernels::conv2d_max_pool2d(s, p, x.data(), weight.data(), bias.data(), got.data(), index.data());
      CHECK(std::ranges::equal(std::as_const(got).elements(), std::as_const(y).elements()));
      kernels::conv2d_max_pool2d_backward(s, p, x.data(), weight.data(), dy.data(), std::as_const(index).data(),
                                          {{got_dx.data(), WriteMode::accumulate}, {got_dw.data()}, {got_db.data()}});
      for (double& v : dx.elements()) v += 1;
      CHECK(reference::difference(got_dx, dx) == 0);
      CHECK(reference::difference(got_dw, dw) == 0);
      CHECK(reference::difference(got_db, db) == 0);
      got_dx.fill(T(9));
      kernels::conv2d_max_pool2d_backward(s, p, x.data(), weight.data(), dy.data(), std::as_const(index).data(),
                                          {{got_dx.data()}, {}, {}});
      for (double& v : dx.elements()) v -= 1;
      CHECK(reference::difference(got_dx, dx) == 0);
      kernels::conv2d_max_pool2d_backward(s, p, x.data(), weight.data(), dy.data(), std::as_const(index).data(),
                                          {{}, {got_dw.data(), WriteMode::accumulate}, {}});
      for (double& v : dw.elements()) v *= 2;
      CHECK(reference::difference(got_dw, dw) == 0);
    }
}

TEST_CASE("conv2d_max_pool2d: the same bits for any number of threads") {
  for (Index c : {3, 16}) {
    const Conv2dSizes s{.n = 21,
                        .h = 14,
                        .w = 14,
                        .c = c,
                        .oh = 14,
                        .ow = 14,
                        .o = 20,
                        .kh = 3,
                        .kw = 3,
                        .padding_h = 1,
                        .padding_w = 1};
    const MaxPool2dSizes p = pooling_of(s, 2, 2, 0, 1);
    const Problem<float> problem(s);
    const auto dy = reference::random<float>({s.n, p.oh, p.ow, s.o}, 4);
    std::vector<Tensor<float>> first;
    for (int threads : {1, 2, 3}) {
      set_threads(threads);
      Tensor<float> y(dy.shape()), dx(problem.x.shape()), dw(problem.weight.shape()), db({s.o});
      Tensor<std::int32_t> index(dy.shape());
      kernels::conv2d_max_pool2d<float>(s, p, problem.x.data(), problem.weight.data(), nullptr, y.data(), index.data());
      kernels::conv2d_max_pool2d_backward<float>(s, p, problem.x.data(), problem.weight.data(), dy.data(),
                                                 std::as_const(index).data(), {{dx.data()}, {dw.data()}, {db.data()}});
      const std::vector<Tensor<float>> all{y, dx, dw, db};
      if (first.empty()) first = all;
      for (std::size_t i = 0; i < all.size(); ++i) CHECK(reference::identical(all[i], first[i]));
    }
  }
  set_threads(0);
}

TEST_CASE("conv2d_max_pool2d: an empty batch overwrites the gradients of weight and bias with zeros") {
  for (Index c : {3, 16}) {
    const Conv2dSizes s{.n = 0, .h = 6, .w = 6, .c = c, .oh = 4, .ow = 4, .o = 5, .kh = 3, .kw = 3};
    auto dw = Tensor<float>::full({5, c, 3, 3}, 5), db = Tensor<float>::full({5}, 5);
    const Tensor<float> weight(dw.shape());
    kernels::conv2d_max_pool2d<float>(s, pooling_of(s, 2, 2, 0, 1), nullptr, weight.data(), nullptr, nullptr, nullptr);
    kernels::conv2d_max_pool2d_backward<float>(s, pooling_of(s, 2, 2, 0, 1), nullptr, weight.data(), nullptr, nullptr,
                                               {{}, {dw.data()}, {db.data()}});
    CHECK(reference::identical(dw, Tensor<float>(dw.shape())));
    CHECK(reference::identical(db, Tensor<float>(db.shape())));
  }
}
