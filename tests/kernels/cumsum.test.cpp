#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Direction;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("cumsum: as the plain loop in both directions, for any number of threads", T, float, double) {
  for (const auto& [outer, n, inner] :
       {std::array<Index, 3>{1, 1, 1}, {3, 7, 1}, {2, 33, 5}, {300, 40, 9}, {2, 3, 600}, {2, 0, 3}}) {
    const auto x = reference::random<T>({outer, n, inner}, 1);
    Tensor<double> up(x.shape()), down(x.shape());
    for (Index o = 0; o < outer; ++o)
      for (Index j = 0; j < inner; ++j) {
        double sum = 0;
        for (Index i = 0; i < n; ++i) up(o, i, j) = sum += static_cast<double>(x(o, i, j));
        sum = 0;
        for (Index i = n - 1; i >= 0; --i) down(o, i, j) = sum += static_cast<double>(x(o, i, j));
      }
    for (const int count : {1, 2, 3, 7}) {
      set_threads(count);
      Tensor<T> y(x.shape());
      kernels::cumsum<T>(outer, n, inner, x.data(), {y.data()}, Direction::forward);
      CHECK(reference::difference(y, up) < reference::tolerance<T>(1));
      kernels::cumsum<T>(outer, n, inner, x.data(), {y.data()}, Direction::backward);
      CHECK(reference::difference(y, down) < reference::tolerance<T>(1));
      kernels::cumsum<T>(outer, n, inner, x.data(), {y.data(), WriteMode::accumulate}, Direction::backward);
      for (double& v : down.elements()) v *= 2;
      CHECK(reference::difference(y, down) < reference::tolerance<T>(1));
      for (double& v : down.elements()) v /= 2;
      set_threads(0);
    }
  }
}
