#include "../errors.hpp"
#include "../precision.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("sqrt is precise over all positive numbers, subnormal ones too", T, float, double) {
  using namespace precision;
  CHECK(worst_error(
            all_positive<T>(), [](auto v) { return kernels::sqrt<T>(v); }, [](long double v) { return std::sqrt(v); }) <
        bound<T>);
}

TEST_CASE_TEMPLATE("sqrt: infinity, zero and one are exact, below zero there is NaN, and NaN stays", T, float, double) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> y = precision::apply(precision::special<T>(), [](auto v) { return kernels::sqrt<T>(v); });
  CHECK(y[0] == inf);
  CHECK(y[1] == 0);
  for (std::size_t i : {2, 3, 4}) CHECK(std::isnan(y[i]));
  CHECK(y[5] == 1);
}

TEST_CASE_TEMPLATE("sqrt of every negative number is NaN, and of -0 -0", T, float, double) {
  const std::vector<T> y = precision::apply(precision::all_negative<T>(), [](auto v) { return kernels::sqrt<T>(v); });
  CHECK(std::all_of(y.begin(), y.end() - 1, [](T value) { return std::isnan(value); }));
  CHECK(y.back() == T(0));
  CHECK(std::signbit(y.back()));
}
