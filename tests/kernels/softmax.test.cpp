#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// The formulas of softmax, or of its logarithm, and of the gradient, in double.
struct PlainSoftmax {
  Tensor<double> y, dx;

  template <Scalar T>
  PlainSoftmax(bool logarithm, const Tensor<T>& x, const Tensor<T>& dy) : y(x.shape()), dx(x.shape()) {
    const auto [outer, n, inner] = x.template sizes<3>("x");
    for (Index o = 0; o < outer; ++o)
      for (Index j = 0; j < inner; ++j) {
        double most = -std::numeric_limits<double>::infinity(), sum = 0, upstream = 0;
        for (Index i = 0; i < n; ++i) most = std::max(most, static_cast<double>(x(o, i, j)));
        for (Index i = 0; i < n; ++i) sum += std::exp(static_cast<double>(x(o, i, j)) - most);
        for (Index i = 0; i < n; ++i) {
          const double log_y = static_cast<double>(x(o, i, j)) - most - std::log(sum);
          y(o, i, j) = logarithm ? log_y : std::exp(log_y);
          upstream += static_cast<double>(dy(o, i, j)) * (logarithm ? 1 : std::exp(log_y));
        }
        for (Index i = 0; i < n; ++i) {
          const double d = static_cast<double>(dy(o, i, j)), v = y(o, i, j);
          dx(o, i, j) = logarithm ? d - std::exp(v) * upstream : v * (d - upstream);
        }
      }
  }
};

}  // namespace

TEST_CASE_TEMPLATE("softmax kernels: agree with the plain loop, the same bits for any number of threads", T, float,
                   double) {
  using kernels::WriteMode;
  for (const Shape& shape :
       {Shape{3, 1, 1}, Shape{5, 7, 1}, Shape{4, 8, 1}, Shape{4, 9, 1}, Shape{2, 16, 1}, Shape{3, 33, 1},
        Shape{2, 3000, 1}, Shape{900, 33, 1}, Shape{3, 5, 2}, Shape{2, 9, 8}, Shape{2, 300, 33}, Shape{40, 33, 17},
        Shape{1, 2, 5000}, Shape{0, 4, 1}, Shape{3, 0, 2}, Shape{3, 4, 0}})
    for (const bool logarithm : {false, true}) {
      CAPTURE(shape);
      CAPTURE(logarithm);
      const auto x = reference::random<T>(shape, 1, -8, 8), dy = reference::random<T>(shape, 2);
      const Index outer = shape[0], n = shape[1], inner = shape[2];
      Tensor<T> one_y, one_dx;
      for (int threads : {1, 2, 3, 7}) {
        set_threads(threads);
        Tensor<T> y(shape), dx(shape), twice;
        (logarithm ? kernels::log_softmax<T> : kernels::softmax<T>)(outer, n, inner, x.data(), y.data());
        const auto backward = logarithm ? kernels::log_softmax_backward<T> : kernels::softmax_backward<T>;
        backward(outer, n, inner, dy.data(), std::as_const(y).data(), {dx.data()});
        twice = dx;
        backward(outer, n, inner, dy.data(), std::as_const(y).data(), {twice.data(), WriteMode::accumulate});
        if (threads == 1) {
          one_y = y;
          one_dx = dx;
        }
        CHECK(reference::identical(y, one_y));
        CHECK(reference::identical(dx, one_dx));
        for (std::size_t i = 0; i < dx.elements().size(); ++i)
          if (std::as_const(twice).elements()[i] != 2 * std::as_const(dx).elements()[i])
            CHECK(std::as_const(twice).elements()[i] == 2 * std::as_const(dx).elements()[i]);
      }
      set_threads(0);
      const PlainSoftmax expected(logarithm, x, dy);
      CHECK(reference::difference(one_y, expected.y) < reference::tolerance<T>(n));
      CHECK(reference::difference(one_dx, expected.dx) < 2 * reference::tolerance<T>(n));
    }
}

TEST_CASE("softmax kernels: probabilities of a million add up to 1") {
  constexpr Index million = 1'000'000;
  const auto x = reference::random<float>({million}, 3);
  Tensor<float> y({million});
  kernels::softmax(1, million, 1, x.data(), y.data());
  CHECK(kernels::sum(million, std::as_const(y).data()) == doctest::Approx(1).epsilon(1e-6));
}
