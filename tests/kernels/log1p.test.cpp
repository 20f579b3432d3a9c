#include "../errors.hpp"
#include "../precision.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("log1p is precise from -1 to the largest number, tiny ones too", T, float, double) {
  std::vector<T> x = precision::all_positive<T>();
  for (double v = -40; v < -1e-3; v += 1e-3)
    for (const double sign : {-1.0, 1.0}) x.push_back(static_cast<T>(sign * std::exp(v)));
  CHECK(precision::worst_error(
            x, [](auto v) { return kernels::log1p<T>(v); }, [](long double v) { return std::log1p(v); }) <
        precision::bound<T>);
  constexpr T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> special{inf, T(-1), T(-2), std::numeric_limits<T>::quiet_NaN(), T(0)};
  const std::vector<T> y = precision::apply(special, [](auto v) { return kernels::log1p<T>(v); });
  CHECK(y[0] == inf);
  CHECK(y[1] == -inf);
  CHECK(std::isnan(y[2]));
  CHECK(std::isnan(y[3]));
  CHECK(y[4] == 0);
}
