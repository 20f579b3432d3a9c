#include "../errors.hpp"
#include "../precision.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("erf is precise everywhere, also where its two parts meet", T, float, double) {
  std::vector<T> x = precision::from_tiny_to_large<T>();
  for (double v = 0.9; v < 6.1; v += 1e-4) x.push_back(static_cast<T>(v));
  CHECK(precision::worst_error(
            x, [](auto v) { return kernels::erf<T>(v); }, [](long double v) { return std::erf(v); }) <
        precision::bound<T>);
}

TEST_CASE_TEMPLATE("erf: infinities saturate, NaN stays, zero keeps its sign", T, float, double) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> x{inf, -inf, std::numeric_limits<T>::quiet_NaN(), T(0), -T(0), std::numeric_limits<T>::max()};
  const std::vector<T> y = precision::apply(x, [](auto v) { return kernels::erf<T>(v); });
  CHECK(y[0] == 1);
  CHECK(y[1] == -1);
  CHECK(std::isnan(y[2]));
  CHECK(y[3] == 0);
  CHECK(std::signbit(y[4]));
  CHECK(y[5] == 1);
}
