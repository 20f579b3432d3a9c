#include "../errors.hpp"
#include "../precision.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("exp, sigmoid and tanh are precise everywhere", T, float, double) {
  using namespace precision;
  const auto x = from_tiny_to_large<T>();
  CHECK(worst_error(
            x, [](auto v) { return kernels::exp<T>(v); }, [](long double v) { return std::exp(v); }) < bound<T>);
  CHECK(worst_error(
            x, [](auto v) { return kernels::sigmoid<T>(v); }, [](long double v) { return 1 / (1 + std::exp(-v)); }) <
        bound<T>);
  CHECK(worst_error(
            x, [](auto v) { return kernels::tanh<T>(v); }, [](long double v) { return std::tanh(v); }) < bound<T>);
}

TEST_CASE_TEMPLATE("exp, sigmoid and tanh: infinities saturate, NaN stays, zero is exact", T, float, double) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> x{inf, -inf, std::numeric_limits<T>::quiet_NaN(), T(0), T(1e4), T(-1e4)};
  const auto check = [&](auto f, std::vector<T> expected) {
    const std::vector<T> y = precision::apply(x, f);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(x[i]);
      if (i == 2) {
        CHECK(std::isnan(y[i]));
      } else {
        CHECK(y[i] == expected[i]);
      }
    }
  };
  check([](auto v) { return kernels::exp<T>(v); }, {inf, 0, 0, 1, inf, 0});
  check([](auto v) { return kernels::sigmoid<T>(v); }, {1, 0, 0, T(0.5), 1, 0});
  check([](auto v) { return kernels::tanh<T>(v); }, {1, -1, 0, 0, 1, -1});
}

TEST_CASE_TEMPLATE("exp_nonpositive: exp of what is not above 0", T, float, double) {
  std::vector<T> x;
  for (const T v : precision::from_tiny_to_large<T>())
    if (v <= 0) x.push_back(v);
  const auto f = [](const kernels::Vector<T>& v) { return kernels::exp_nonpositive<T>(v); };
  CHECK(precision::worst_error<T>(x, f, [](long double v) { return std::exp(v); }) < precision::bound<T>);
  constexpr T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> special = precision::apply(std::vector<T>{T(0), T(-0.0), -inf, T(-1e5), nan}, f);
  CHECK(special[0] == 1);
  CHECK(special[1] == 1);
  CHECK(special[2] == 0);
  CHECK(special[3] == 0);
  CHECK(std::isnan(special[4]));
}
