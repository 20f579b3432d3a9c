#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("map: every length, writing and adding", T, float, double) {
  using kernels::WriteMode;
  for (Index n : {0, 1, 7, 8, 9, 33, 4095, 4096, 4097, 20000}) {
    const auto a = reference::random<T>({n}, 1), b = reference::random<T>({n}, 2);
    auto y = reference::random<T>({n}, 3);
    const Tensor<T> before = y;
    kernels::map(
        n, y.data(), WriteMode::accumulate, [](auto p, auto q) { return p * q; }, a.data(), b.data());
    for (Index i = 0; i < n; ++i) REQUIRE(y(i) == doctest::Approx(static_cast<double>(before(i) + a(i) * b(i))));
    kernels::map(
        n, y.data(), WriteMode::overwrite, [](auto p, auto q) { return p - q; }, a.data(), b.data());
    for (Index i = 0; i < n; ++i) REQUIRE(y(i) == a(i) - b(i));
  }
}

TEST_CASE("copy: every length, writing over whatever was there and adding") {
  using kernels::WriteMode;
  for (Index n : {0, 1, 7, 33, 5000}) {
    const auto x = reference::random<float>({n}, 1);
    auto y = Tensor<float>::full({n}, std::numeric_limits<float>::quiet_NaN());
    kernels::copy(n, x.data(), y.data(), WriteMode::overwrite);
    CHECK(reference::identical(y, x));
    kernels::copy(n, x.data(), y.data(), WriteMode::accumulate);
    for (Index i = 0; i < n; ++i) REQUIRE(y(i) == 2 * x(i));
  }
}
