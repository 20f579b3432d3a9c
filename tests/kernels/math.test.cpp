#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// Largest relative error of f against g over x, of those results that are normal numbers.
template <class T, class F, class G>
double worst_error(const std::vector<T>& x, F f, G g) {
  std::vector<T> y(x.size());
  f(static_cast<Index>(x.size()), x.data(), y.data());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double exact = g(static_cast<long double>(x[i]));
    if (std::abs(exact) < std::numeric_limits<T>::min() || std::abs(exact) > std::numeric_limits<T>::max()) continue;
    worst = std::max(worst, std::abs(static_cast<double>((y[i] - exact) / exact)));
  }
  return worst;
}

/// From tiny to large numbers of both signs.
template <class T>
std::vector<T> many_numbers() {
  std::vector<T> x;
  for (double v = -800; v < 800; v += 0.01) x.push_back(static_cast<T>(v));
  for (double v = -60; v < 5; v += 0.001)
    for (double sign : {-1.0, 1.0}) x.push_back(static_cast<T>(sign * std::exp(v)));
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("math: exp, sigmoid and tanh are precise everywhere", T, float, double) {
  const double bound = sizeof(T) == 4 ? 2e-7 : 5e-16;
  const auto x = many_numbers<T>();
  CHECK(worst_error(
            x, [](Index n, const T* in, T* out) { kernels::exp(n, in, out); },
            [](long double v) { return std::exp(v); }) < bound);
  CHECK(worst_error(
            x, [](Index n, const T* in, T* out) { kernels::sigmoid(n, in, out); },
            [](long double v) { return 1 / (1 + std::exp(-v)); }) < bound);
  CHECK(worst_error(
            x, [](Index n, const T* in, T* out) { kernels::tanh(n, in, out); },
            [](long double v) { return std::tanh(v); }) < bound);
}

TEST_CASE_TEMPLATE("math: log and sqrt are precise over all positive numbers, subnormal ones too", T, float, double) {
  const double bound = sizeof(T) == 4 ? 2e-7 : 5e-16;
  std::vector<T> x{std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  const double most = sizeof(T) == 4 ? 88 : 709;
  for (double v = -most - 14; v < most; v += most / 20000) x.push_back(static_cast<T>(std::exp(v)));
  for (double v = 0.5; v < 2; v += 1e-4) x.push_back(static_cast<T>(v));
  CHECK(worst_error(
            x, [](Index n, const T* in, T* out) { kernels::log(n, in, out); },
            [](long double v) { return std::log(v); }) < bound);
  CHECK(worst_error(
            x, [](Index n, const T* in, T* out) { kernels::sqrt(n, in, out); },
            [](long double v) { return std::sqrt(v); }) < bound);
  constexpr T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> special{inf, T(0), T(-1), -inf, std::numeric_limits<T>::quiet_NaN(), T(1)};
  std::vector<T> y(special.size());
  kernels::log(std::ssize(special), special.data(), y.data());
  CHECK(y[0] == inf);
  CHECK(y[1] == -inf);
  for (std::size_t i : {2, 3, 4}) CHECK(std::isnan(y[i]));
  CHECK(y[5] == 0);
  kernels::sqrt(std::ssize(special), special.data(), y.data());
  CHECK(y[0] == inf);
  CHECK(y[1] == 0);
  for (std::size_t i : {2, 3, 4}) CHECK(std::isnan(y[i]));
  CHECK(y[5] == 1);
}

TEST_CASE_TEMPLATE("math: infinities saturate, NaN stays, zero is exact", T, float, double) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> x{inf, -inf, std::numeric_limits<T>::quiet_NaN(), T(0), T(1e4), T(-1e4)};
  std::vector<T> y(x.size());
  const auto n = static_cast<Index>(x.size());
  kernels::exp(n, x.data(), y.data());
  CHECK(y[0] == inf);
  CHECK(y[1] == 0);
  CHECK(std::isnan(y[2]));
  CHECK(y[3] == 1);
  CHECK(y[4] == inf);
  CHECK(y[5] == 0);
  kernels::sigmoid(n, x.data(), y.data());
  CHECK(y[0] == 1);
  CHECK(y[1] == 0);
  CHECK(std::isnan(y[2]));
  CHECK(y[3] == T(0.5));
  CHECK(y[4] == 1);
  CHECK(y[5] == 0);
  kernels::tanh(n, x.data(), y.data());
  CHECK(y[0] == 1);
  CHECK(y[1] == -1);
  CHECK(std::isnan(y[2]));
  CHECK(y[3] == 0);
  CHECK(y[4] == 1);
  CHECK(y[5] == -1);
}

TEST_CASE_TEMPLATE("simd: transposes a square of registers", T, float, double) {
  std::array<kernels::Vector<T>, kernels::lanes<T>> square;
  for (Index i = 0; i < kernels::lanes<T>; ++i)
    for (Index j = 0; j < kernels::lanes<T>; ++j) square[static_cast<std::size_t>(i)][j] = static_cast<T>(100 * i + j);
  kernels::transpose<T>(square);
  for (Index i = 0; i < kernels::lanes<T>; ++i)
    for (Index j = 0; j < kernels::lanes<T>; ++j) {
      const T element = square[static_cast<std::size_t>(i)][j];
      CHECK(element == static_cast<T>(100 * j + i));
    }
}
