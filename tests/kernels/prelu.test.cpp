#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::WriteMode;

TEST_CASE_TEMPLATE("prelu: as the plain loop for narrow and wide rows, overwriting and accumulating", T, float,
                   double) {
  for (const Index columns : {1, 2, 3, 7, 8, 9, 33})
    for (const Index rows : {0, 1, 5, 700}) {
      CAPTURE(columns);
      CAPTURE(rows);
      const Shape shape{rows, columns};
      const auto x = reference::random<T>(shape, 1), dy = reference::random<T>(shape, 2);
      const auto weight = reference::random<T>({columns}, 3);
      Tensor<double> y(shape), dx(shape), dweight({columns});
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j) {
          const auto v = static_cast<double>(x(i, j)), d = static_cast<double>(dy(i, j));
          const auto w = static_cast<double>(weight(j));
          y(i, j) = v > 0 ? v : w * v;
          dx(i, j) = v > 0 ? d : w * d;
          dweight(j) += v > 0 ? 0 : v * d;
        }
      Tensor<T> got(shape), got_dx(shape), got_dweight({columns});
      kernels::prelu(rows * columns, columns, x.data(), weight.data(), got.data());
      CHECK(reference::difference(got, y) < reference::tolerance<T>(1));
      for (const auto mode : {WriteMode::overwrite, WriteMode::accumulate}) {
        kernels::prelu_backward<T>(rows * columns, columns, dy.data(), x.data(), weight.data(), {got_dx.data(), mode},
                                   {got_dweight.data(), mode});
        const T times = mode == WriteMode::overwrite ? T(1) : T(0.5);
        for (T& value : got_dx.elements()) value *= times;
        for (T& value : got_dweight.elements()) value *= times;
        CHECK(reference::difference(got_dx, dx) < reference::tolerance<T>(1));
        CHECK(reference::difference(got_dweight, dweight) < reference::tolerance<T>(rows));
      }
    }
}

TEST_CASE("prelu: the same bits for any number of threads") {
  const Shape shape{20000, 7};
  const auto x = reference::random<float>(shape, 1), dy = reference::random<float>(shape, 2);
  const auto weight = reference::random<float>({7}, 3);
  const auto run = [&](int count) {
    set_threads(count);
    Tensor<float> y(shape), dx(shape), dweight({7});
    kernels::prelu(x.numel(), 7, x.data(), weight.data(), y.data());
    kernels::prelu_backward<float>(x.numel(), 7, dy.data(), x.data(), weight.data(), {dx.data()}, {dweight.data()});
    set_threads(0);
    return std::vector{y, dx, dweight};
  };
  const auto one = run(1);
  for (const int count : {2, 3, 7}) {
    const auto several = run(count);
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(reference::identical(one[i], several[i]));
  }
}
