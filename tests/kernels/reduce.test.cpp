#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

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

TEST_CASE_TEMPLATE("all_finite: finds one infinite or NaN element anywhere", T, float, double) {
  using Limits = std::numeric_limits<T>;
  for (Index n : {1, 7, 33, 10001}) {
    auto x = Tensor<T>::full({n}, Limits::max());
    CHECK(kernels::all_finite(n, x.data()));
    for (const T special : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()})
      for (Index i : {Index{0}, n / 2, n - 1}) {
        x(i) = special;
        CHECK_FALSE(kernels::all_finite(n, x.data()));
        x(i) = 0;
      }
  }
  CHECK(kernels::all_finite<T>(0, nullptr));
}

TEST_CASE_TEMPLATE("bias_activation_backward: column sums of any shape, written and added", T, float, double) {
  for (Index rows : {1, 9, 1000})
    for (Index columns : {1, 2, 4, 7, 33, 130}) {
      const auto x = reference::random<T>({rows, columns}, 5);
      auto out = Tensor<T>::full({columns}, T(2));
      const auto sum_to = [&](kernels::WriteMode mode) {
        kernels::bias_activation_backward<T>(kernels::Activation::none, rows, columns, x.data(), nullptr, nullptr,
                                             {out.data(), mode});
      };
      Tensor<double> sums({columns});
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j) sums(j) += static_cast<double>(x(i, j));
      sum_to(kernels::WriteMode::accumulate);
      for (Index j = 0; j < columns; ++j)
        CHECK(static_cast<double>(out(j)) == doctest::Approx(2 + sums(j)).epsilon(1e-4));
      sum_to(kernels::WriteMode::overwrite);
      for (Index j = 0; j < columns; ++j) CHECK(static_cast<double>(out(j)) == doctest::Approx(sums(j)).epsilon(1e-4));
    }
}

TEST_CASE("bias_activation_backward: no rows give a bias gradient of zero") {
  auto dbias = Tensor<float>::full({5}, 3);
  const float* none = nullptr;
  kernels::bias_activation_backward<float>(kernels::Activation::relu, 0, 5, none, none, nullptr, {dbias.data()});
  CHECK(reference::identical(dbias, Tensor<float>({5})));
}

TEST_CASE_TEMPLATE("sum_axis: any place of the axis, the same bits for any number of threads", T, float, double) {
  for (const Shape& shape : {Shape{1, 1, 1}, Shape{3, 0, 2}, Shape{1, 70000, 1}, Shape{1, 70000, 3}, Shape{2, 5000, 40},
                             Shape{40000, 3, 1}, Shape{300, 2, 33}, Shape{2, 1025, 8}, Shape{0, 4, 4}}) {
    CAPTURE(shape);
    const Index outer = shape[0], n = shape[1], inner = shape[2];
    const auto x = reference::random<T>(shape, 6);
    Tensor<double> expected({outer, inner});
    for (Index o = 0; o < outer; ++o)
      for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < inner; ++j) expected(o, j) += static_cast<double>(x(o, i, j));
    Tensor<double> one;
    for (int threads : {1, 2, 3, 7}) {
      set_threads(threads);
      auto y = Tensor<double>::full({outer, inner}, 9);
      kernels::sum_axis(outer, n, inner, x.data(), y.data());
      if (threads == 1) one = y;
      CHECK(reference::identical(y, one));
    }
    set_threads(0);
    CHECK(reference::difference(one, expected) < 1e3 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  }
}

TEST_CASE("sums: of a million equal terms, right to a few units in the last place, in every kernel") {
  constexpr Index million = 1'000'000;
  const auto x = Tensor<float>::full({million}, 0.1f);
  const double expected = million * static_cast<double>(0.1f);
  CHECK(kernels::sum(million, x.data()) == doctest::Approx(expected).epsilon(1e-6));
  for (Index columns : {1, 2, 5, 40}) {
    CAPTURE(columns);
    const Index rows = million / columns;
    std::vector<double> sums(static_cast<std::size_t>(columns));
    kernels::sum_axis(1, rows, columns, x.data(), sums.data());
    std::vector<float> dbias(sums.size());
    kernels::bias_activation_backward<float>(kernels::Activation::none, rows, columns, x.data(), nullptr, nullptr,
                                             {dbias.data()});
    for (std::size_t j = 0; j < sums.size(); ++j) {
      CHECK(sums[j] == doctest::Approx(expected / static_cast<double>(columns)).epsilon(1e-6));
      CHECK(static_cast<double>(dbias[j]) == doctest::Approx(expected / static_cast<double>(columns)).epsilon(1e-6));
    }
  }
}
