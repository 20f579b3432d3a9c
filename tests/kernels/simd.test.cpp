#include "../errors.hpp"
#include "../precision.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("simd: transposes a square of registers", T, float, double) {
  kernels::Square<T> square;
  for (Index i = 0; i < kernels::lanes<T>; ++i)
    for (Index j = 0; j < kernels::lanes<T>; ++j) square[i][j] = static_cast<T>(100 * i + j);
  kernels::transpose<T>(square);
  for (Index i = 0; i < kernels::lanes<T>; ++i)
    for (Index j = 0; j < kernels::lanes<T>; ++j) {
      const T element = square[i][j];
      CHECK(element == static_cast<T>(100 * j + i));
    }
}

TEST_CASE_TEMPLATE("simd: a part of a register reads and writes its elements only, and the others are zero", T, float,
                   double) {
  constexpr Index width = kernels::lanes<T>;
  for (Index count = 1; count <= width; ++count) {
    std::vector<T> from(static_cast<std::size_t>(count), T(3)), to(static_cast<std::size_t>(width + 1), T(7));
    const kernels::Vector<T> x = kernels::load(from.data(), count);
    for (Index lane = 0; lane < width; ++lane) {
      const T element = x[lane];
      CHECK(element == T(lane < count ? 3 : 0));
    }
    kernels::store(to.data(), x, count);
    for (Index i = 0; i <= width; ++i) CHECK(to[static_cast<std::size_t>(i)] == T(i < count ? 3 : 7));
  }
}

TEST_CASE("multiply_halves: all bits of products of the lower halves, whatever is in the upper ones") {
  using kernels::Vector;
  Rng rng(1);
  const auto word = [&] { return std::uint64_t{rng.bits()} << 32 | rng.bits(); };
  for (int i = 0; i < 100; ++i) {
    Vector<std::uint64_t> a, b;
    for (Index lane = 0; lane < kernels::lanes<std::uint64_t>; ++lane) a[lane] = word(), b[lane] = word();
    const Vector<std::uint64_t> product = kernels::multiply_halves(a, b);
    for (Index lane = 0; lane < kernels::lanes<std::uint64_t>; ++lane)
      CHECK(product[lane] == (a[lane] & 0xFFFFFFFF) * (b[lane] & 0xFFFFFFFF));
  }
}

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
