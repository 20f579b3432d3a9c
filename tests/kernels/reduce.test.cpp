#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("map, log and sqrt: every length, writing and adding", T, float, double) {
  for (Index n : {0, 1, 7, 8, 9, 33, 4095, 4096, 4097, 20000}) {
    const auto a = reference::random<T>({n}, 1), b = reference::random<T>({n}, 2);
    auto y = reference::random<T>({n}, 3);
    const Tensor<T> before = y;
    kernels::map(
        n, y.data(), kernels::Into::accumulate, [](auto p, auto q) { return p * q; }, a.data(), b.data());
    for (Index i = 0; i < n; ++i) REQUIRE(y(i) == doctest::Approx(static_cast<double>(before(i) + a(i) * b(i))));
    kernels::map(
        n, y.data(), kernels::Into::overwrite, [](auto p, auto q) { return p - q; }, a.data(), b.data());
    for (Index i = 0; i < n; ++i) REQUIRE(y(i) == a(i) - b(i));
    const auto positive = reference::random<T>({n}, 4, T(0.1), T(5));
    kernels::log(n, positive.data(), y.data());
    for (Index i = 0; i < n; ++i) REQUIRE(y(i) == doctest::Approx(static_cast<double>(std::log(positive(i)))));
    kernels::sqrt(n, positive.data(), y.data());
    for (Index i = 0; i < n; ++i) REQUIRE(y(i) == doctest::Approx(static_cast<double>(std::sqrt(positive(i)))));
  }
}

TEST_CASE_TEMPLATE("sum: every length, the same bits for any number of threads", T, float, double) {
  for (Index n : {0, 1, 7, 33, 4097, 300001}) {
    const auto x = reference::random<T>({n}, 4);
    double expected = 0;
    for (T v : x.elements()) expected += static_cast<double>(v);
    set_threads(1);
    const double one = kernels::sum(n, x.data());
    CHECK(one == doctest::Approx(expected).epsilon(1e-4));
    for (int threads : {2, 3, 7}) {
      set_threads(threads);
      CHECK(kernels::sum(n, x.data()) == one);
    }
    set_threads(0);
  }
}

TEST_CASE_TEMPLATE("column sums: any shape, added to what was there", T, float, double) {
  for (Index rows : {1, 9, 1000})
    for (Index columns : {1, 2, 4, 7, 33, 130}) {
      const auto x = reference::random<T>({rows, columns}, 5);
      auto out = Tensor<T>::full({columns}, T(2));
      kernels::activation_backward<T>(kernels::Activation::none, rows, columns, x.data(), nullptr, nullptr, out.data());
      for (Index j = 0; j < columns; ++j) {
        double expected = 2;
        for (Index i = 0; i < rows; ++i) expected += static_cast<double>(x(i, j));
        CHECK(static_cast<double>(out(j)) == doctest::Approx(expected).epsilon(1e-4));
      }
    }
}

TEST_CASE("parallel_for: calls every number once, also within another region") {
  set_threads(3);
  std::vector<int> calls(1000);
  kernels::parallel_for(
      1000, 1e6, [&](Index i) { kernels::parallel_for(2, 1e9, [&](Index) { ++calls[static_cast<std::size_t>(i)]; }); });
  for (int count : calls) CHECK(count == 2);
  CHECK(threads() >= 1);
  set_threads(0);
  CHECK(message_of<ValueError>([] { set_threads(-1); }) == "set_threads: at least 0 threads expected, got -1");
}
