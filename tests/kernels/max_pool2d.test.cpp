#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::MaxPool2dSizes;

TEST_CASE_TEMPLATE("max_pool2d: agrees with the plain loop, values, places and gradient", T, float, double) {
  for (Index c : {1, 3, 7, 16, 33})
    for (Index kernel : {1, 2, 3})
      for (Index stride : {1, 2, 3})
        for (Index padding : {Index{0}, kernel / 2})
          for (Index dilation : {1, 2}) {
            MaxPool2dSizes s{.n = 2,
                             .h = 9,
                             .w = 8,
                             .c = c,
                             .oh = 0,
                             .ow = 0,
                             .kh = kernel,
                             .kw = kernel,
                             .stride_h = stride,
                             .stride_w = stride,
                             .padding_h = padding,
                             .padding_w = padding,
                             .dilation_h = dilation,
                             .dilation_w = dilation};
            s.oh = (s.h + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
            s.ow = (s.w + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
            const auto x = reference::random<T>({s.n, s.h, s.w, c}, 1);
            auto y = Tensor<T>::uninitialized({s.n, s.oh, s.ow, c});
            auto index = Tensor<std::int32_t>::uninitialized(y.shape());
            kernels::max_pool2d(s, x.data(), y.data(), index.data());
            const auto dy = reference::random<T>(y.shape(), 2);
            Tensor<T> dx(x.shape()), expected_dx(x.shape());
            kernels::max_pool2d_backward(s, dy.data(), std::as_const(index).data(),
                                         {dx.data(), kernels::WriteMode::accumulate});
            for (Index n = 0; n < s.n; ++n)
              for (Index i = 0; i < s.oh; ++i)
                for (Index j = 0; j < s.ow; ++j)
                  for (Index ch = 0; ch < c; ++ch) {
                    T best = -2;
                    Index place = -1;
                    for (Index h = i * stride - padding; h <= i * stride - padding + dilation * (kernel - 1);
                         h += dilation)
                      for (Index w = j * stride - padding; w <= j * stride - padding + dilation * (kernel - 1);
                           w += dilation)
                        if (h >= 0 && h < s.h && w >= 0 && w < s.w && x(n, h, w, ch) > best) {
                          best = x(n, h, w, ch);
                          place = h * s.w + w;
                        }
                    REQUIRE(std::as_const(y)(n, i, j, ch) == best);
                    REQUIRE(std::as_const(index)(n, i, j, ch) == place);
                    expected_dx(n, place / s.w, place % s.w, ch) += dy(n, i, j, ch);
                  }
            CHECK(reference::difference(dx, expected_dx) < 1e-6);
            dx.fill(T(9));
            kernels::max_pool2d_backward(s, dy.data(), std::as_const(index).data(), {dx.data()});
            CHECK(reference::difference(dx, expected_dx) < 1e-6);
          }
}

TEST_CASE("max_pool2d: the first of equals counts, and NaN is largest") {
  const MaxPool2dSizes s{
      .n = 1, .h = 2, .w = 4, .c = 1, .oh = 1, .ow = 2, .kh = 2, .kw = 2, .stride_h = 2, .stride_w = 2};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor<float> x({1, 2, 4, 1}, {5, 5, 1, 2, 5, 5, nan, 9});
  Tensor<float> y({1, 1, 2, 1});
  Tensor<std::int32_t> index({1, 1, 2, 1});
  kernels::max_pool2d(s, x.data(), y.data(), index.data());
  CHECK(y.elements()[0] == 5);
  CHECK(index.elements()[0] == 0);
  CHECK(std::isnan(y.elements()[1]));
  CHECK(index.elements()[1] == 6);
}

TEST_CASE_TEMPLATE("max_pool2d: windows side by side, of several tasks, the same with any number of threads", T, float,
                   double) {
  for (Index c : {0, 1, 3, 6, 9, 16})
    for (Index kernel : {2, 3}) {
      const Index side = 60 / kernel;
      const MaxPool2dSizes s{.n = 3,
                             .h = 60,
                             .w = 60,
                             .c = c,
                             .oh = side,
                             .ow = side,
                             .kh = kernel,
                             .kw = kernel,
                             .stride_h = kernel,
                             .stride_w = kernel};
      const auto x = reference::random<T>({s.n, s.h, s.w, c}, 1), dy = reference::random<T>({s.n, side, side, c}, 2);
      for (int threads : {1, 2, 3}) {
        set_threads(threads);
        auto y = Tensor<T>::full({s.n, side, side, c}, T(9));
        auto index = Tensor<std::int32_t>::full(y.shape(), -9);
        auto dx = Tensor<T>::full(x.shape(), T(9));
        kernels::max_pool2d(s, x.data(), y.data(), index.data());
        kernels::max_pool2d_backward(s, dy.data(), std::as_const(index).data(), {dx.data()});
        bool right = true;
        for (Index n = 0; n < s.n; ++n)
          for (Index h = 0; h < s.h; ++h)
            for (Index w = 0; w < s.w; ++w)
              for (Index ch = 0; ch < c; ++ch) {
                const Index i = h / kernel, j = w / kernel;
                const bool here = std::as_const(index)(n, i, j, ch) == h * s.w + w;
                right = right && x(n, h, w, ch) <= std::as_const(y)(n, i, j, ch);
                right = right && (!here || x(n, h, w, ch) == std::as_const(y)(n, i, j, ch));
                right = right && std::as_const(dx)(n, h, w, ch) == (here ? dy(n, i, j, ch) : T(0));
              }
        CHECK(right);
      }
    }
  set_threads(0);
}
