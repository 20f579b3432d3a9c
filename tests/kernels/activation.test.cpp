#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Activation;

namespace {

constexpr std::array activations{Activation::relu, Activation::sigmoid, Activation::tanh};

double value(Activation activation, double x) {
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return x > 0 ? x : 0;
    case Activation::sigmoid: return 1 / (1 + std::exp(-x));
    case Activation::tanh: return std::tanh(x);
  }
  return 0;
}

}  // namespace

TEST_CASE_TEMPLATE("activate: every function, every length, and only its elements", T, float, double) {
  for (const Activation activation : activations)
    for (Index n : {0, 1, 7, 8, 9, 33}) {
      const auto x = reference::random<T>({n + 1}, 1, -4, 4);
      Tensor<T> y = x;
      kernels::activate(activation, y.data(), n);
      for (Index i = 0; i < n; ++i)
        CHECK(static_cast<double>(y(i)) == doctest::Approx(value(activation, static_cast<double>(x(i)))).epsilon(1e-6));
      CHECK(y(n) == x(n));
    }
}

TEST_CASE("activate: without an activation nothing changes, and relu keeps NaN") {
  Tensor<float> x({3}, {-1, std::numeric_limits<float>::quiet_NaN(), 2});
  kernels::activate(Activation::none, x.data(), 3);
  CHECK(x(0) == -1);
  kernels::activate(Activation::relu, x.data(), 3);
  CHECK(x(0) == 0);
  CHECK(std::isnan(x(1)));
  CHECK(x(2) == 2);
}

TEST_CASE("activation_backward: is dy times the derivative that finite differences give") {
  const double step = 1e-6;
  for (const Activation activation : activations)
    for (Index n : {1, 7, 33}) {
      const auto x = reference::random<double>({n}, 2, -3, 3), dy = reference::random<double>({n}, 3);
      Tensor<double> y = x, dz({n});
      kernels::activate(activation, y.data(), n);
      kernels::activation_backward(activation, n, dy.data(), std::as_const(y).data(), dz.data());
      for (Index i = 0; i < n; ++i) {
        const double slope = (value(activation, x(i) + step) - value(activation, x(i) - step)) / (2 * step);
        CHECK(dz(i) == doctest::Approx(dy(i) * slope).epsilon(1e-7));
      }
    }
}

TEST_CASE("activations: relu lets the gradient through where it is NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> dy{2, 2, 2}, y{nan, 0, 1};
  std::vector<float> dz(3);
  kernels::activation_backward(kernels::Activation::relu, 3, dy.data(), y.data(), dz.data());
  CHECK(dz == std::vector<float>{2, 0, 2});
}
