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
