#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::InterpolationMode;
using kernels::Upsample2dSizes;

namespace {

/// The share of pixel h in row i of the result, by the formula; a place behind the last pixel is the last pixel's.
double plain_share(Index h, Index i, Index size, Index places, const Upsample2dSizes& s) {
  const double own = static_cast<double>(size), all = static_cast<double>(places), place = static_cast<double>(i);
  if (s.mode == InterpolationMode::nearest) return h == i * size / places ? 1 : 0;
  double at = (place + 0.5) * own / all - 0.5;
  if (s.align_corners) at = places == 1 ? 0 : place * (own - 1) / (all - 1);
  at = std::min(std::max(at, 0.0), own - 1);
  return std::max(0.0, 1 - std::abs(at - static_cast<double>(h)));
}

}  // namespace

TEST_CASE_TEMPLATE("upsample2d: agrees with the plain loop, larger and smaller, values and gradient", T, float,
                   double) {
  for (Index c : {1, 7, 33})
    for (const auto& [oh, ow] : {std::pair<Index, Index>{1, 1}, {5, 4}, {10, 8}, {3, 2}, {7, 13}})
      for (const auto& [mode, align] : {std::pair{InterpolationMode::nearest, false},
                                        {InterpolationMode::bilinear, false},
                                        {InterpolationMode::bilinear, true}}) {
        const Upsample2dSizes s{
            .n = 2, .h = 5, .w = 4, .c = c, .oh = oh, .ow = ow, .mode = mode, .align_corners = align};
        const auto x = reference::random<T>({2, 5, 4, c}, 1), dy = reference::random<T>({2, oh, ow, c}, 2);
        auto y = Tensor<T>::uninitialized(dy.shape()), dx = Tensor<T>::uninitialized(x.shape());
        kernels::upsample2d(s, x.data(), y.data());
        kernels::upsample2d_backward(s, dy.data(), kernels::Target<T>{dx.data()});
        Tensor<double> expected(y.shape()), expected_dx(x.shape());
        for (Index n = 0; n < 2; ++n)
          for (Index i = 0; i < oh; ++i)
            for (Index j = 0; j < ow; ++j)
              for (Index h = 0; h < 5; ++h)
                for (Index w = 0; w < 4; ++w)
                  for (Index ch = 0; ch < c; ++ch) {
                    const double share = plain_share(h, i, 5, oh, s) * plain_share(w, j, 4, ow, s);
                    expected(n, i, j, ch) += share * static_cast<double>(x(n, h, w, ch));
                    expected_dx(n, h, w, ch) += share * static_cast<double>(dy(n, i, j, ch));
                  }
        CHECK(reference::difference(y, expected) < reference::tolerance<T>(4));
        CHECK(reference::difference(dx, expected_dx) < reference::tolerance<T>(16));
      }
}
