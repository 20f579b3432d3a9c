#include "../errors.hpp"
#include "../precision.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("expm1 of negative numbers is precise, tiny and large ones too", T, float, double) {
  std::vector<T> x = precision::all_negative<T>();
  for (double v = -60; v < 0; v += 1e-3) x.push_back(static_cast<T>(v));
  CHECK(precision::worst_error(
            x, [](auto v) { return kernels::expm1_of_negative<T>(v); }, [](long double v) { return std::expm1(v); }) <
        precision::bound<T>);
  const std::vector<T> special{-std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN(), -T(0)};
  const std::vector<T> y = precision::apply(special, [](auto v) { return kernels::expm1_of_negative<T>(v); });
  CHECK(y[0] == -1);
  CHECK(std::isnan(y[1]));
  CHECK(y[2] == 0);
}
