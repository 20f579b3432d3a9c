#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// The average of x[n, first_h .. last_h, first_w .. last_w, c] over `count` pixels.
template <class T>
double plain_average(const Tensor<T>& x, Index n, Index c, std::array<Index, 4> window, double count) {
  double sum = 0;
  for (Index h = window[0]; h < window[1]; ++h)
    for (Index w = window[2]; w < window[3]; ++w) sum += static_cast<double>(x(n, h, w, c));
  return sum / count;
}

}  // namespace

TEST_CASE_TEMPLATE("avg_pool2d: agrees with the plain loop, values and gradient", T, float, double) {
  for (Index c : {1, 7, 16, 33})
    for (Index kernel : {1, 2, 3, 7})
      for (Index stride : {1, 2, 5})
        for (const bool padded : {false, true})
          for (const Index divisor : {0, 5}) {
            const Index padding = padded ? kernel / 2 : 0;
            const Index ow = (8 - 1) / stride + 1;
            const kernels::AvgPool2dSizes s{.n = 2,
                                            .h = 9,
                                            .w = 8,
                                            .c = c,
                                            .oh = (9 + 2 * padding - kernel) / stride + 1,
                                            .ow = ow,
                                            .kh = kernel,
                                            .kw = 1,
                                            .stride_h = stride,
                                            .stride_w = stride,
                                            .padding_h = padding,
                                            .padding_w = 0,
                                            .count_include_pad = stride != 2,
                                            .divisor_override = divisor};
            const auto x = reference::random<T>({s.n, s.h, s.w, c}, 1);
            auto y = Tensor<T>::uninitialized({s.n, s.oh, ow, c});
            const auto dy = reference::random<T>(y.shape(), 2);
            Tensor<double> expected(y.shape()), expected_dx(x.shape());
            kernels::avg_pool2d(s, x.data(), y.data());
            for (Index n = 0; n < s.n; ++n)
              for (Index i = 0; i < s.oh; ++i)
                for (Index j = 0; j < ow; ++j)
                  for (Index ch = 0; ch < c; ++ch) {
                    const Index begin = i * stride - padding, first = std::max<Index>(begin, 0);
                    const Index last = std::min(begin + kernel, s.h);
                    const Index pixels = s.count_include_pad ? std::min(kernel, s.h + padding - begin) : last - first;
                    const auto count = static_cast<double>(divisor ? divisor : pixels);
                    expected(n, i, j, ch) = plain_average(x, n, ch, {first, last, j * stride, j * stride + 1}, count);
                    for (Index h = first; h < last; ++h)
                      expected_dx(n, h, j * stride, ch) += static_cast<double>(dy(n, i, j, ch)) / count;
                  }
            CHECK(reference::difference(y, expected) < reference::tolerance<T>(kernel));
            auto dx = Tensor<T>::uninitialized(x.shape());
            kernels::avg_pool2d_backward(s, dy.data(), kernels::Target<T>{dx.data()});
            CHECK(reference::difference(dx, expected_dx) < reference::tolerance<T>(kernel));
          }
}

TEST_CASE("avg_pool2d: adaptive windows cover the image, also with more of them than pixels") {
  for (const Index oh : {1, 3, 5, 7, 9}) {
    const kernels::AdaptiveAvgPool2dSizes s{.n = 2, .h = 7, .w = 40, .c = 5, .oh = oh, .ow = 1};
    const auto x = reference::random<float>({s.n, s.h, s.w, s.c}, 1);
    Tensor<float> y({s.n, oh, 1, s.c});
    Tensor<double> expected(y.shape());
    kernels::avg_pool2d(s, x.data(), y.data());
    for (Index n = 0; n < s.n; ++n)
      for (Index i = 0; i < oh; ++i)
        for (Index c = 0; c < s.c; ++c) {
          const auto share = [&](Index k) { return static_cast<double>(k * s.h) / static_cast<double>(oh); };
          const auto first = static_cast<Index>(std::floor(share(i)));
          const auto last = static_cast<Index>(std::ceil(share(i + 1)));
          expected(n, i, 0, c) = plain_average(x, n, c, {first, last, 0, 40}, static_cast<double>(40 * (last - first)));
        }
    CHECK(reference::difference(y, expected) < 1e-6);
  }
}

TEST_CASE("avg_pool2d: long sums of float lose no digits") {
  const kernels::AdaptiveAvgPool2dSizes s{.n = 1, .h = 1000, .w = 1000, .c = 1, .oh = 1, .ow = 1};
  const auto x = reference::random<float>({s.n, s.h, s.w, s.c}, 1, 0, 1);
  double sum = 0;
  for (const float v : x.elements()) sum += static_cast<double>(v);
  float y = 0;
  kernels::avg_pool2d(s, x.data(), &y);
  CHECK(std::abs(static_cast<double>(y) / (sum / 1e6) - 1) < 1e-6);
}
