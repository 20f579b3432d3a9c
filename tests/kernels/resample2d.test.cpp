#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Resampling;

namespace {

/// Up to `most` taps an output, in any order, with any weights; some have none, and some are those before them again.
template <class T>
Resampling<T> some_resampling(Index inputs, Index outputs, Index most, std::uint64_t seed) {
  const auto random = Rng(seed, 3).uniform<double>({outputs, most + 1, 2}, 0, 1);
  Resampling<T> result(inputs, outputs, most);
  for (Index i = 0; i < outputs; ++i) {
    const Index from = i % 3 == 2 ? i - 1 : i;
    const auto count = static_cast<Index>(random(from, most, 0) * static_cast<double>(most + 1));
    for (Index k = 0; k < count; ++k)
      result.add_tap(static_cast<Index>(random(from, k, 0) * static_cast<double>(inputs)),
                     static_cast<T>(random(from, k, 1) - 0.5));
    result.finish_output(static_cast<T>(1 + from % 2));
  }
  return result;
}

template <class T>
Tensor<double> plain_resampling(const Resampling<T>& rows, const Resampling<T>& columns, const Tensor<T>& x) {
  Tensor<double> y({x.size(0), rows.outputs(), columns.outputs(), x.size(3)});
  for (Index n = 0; n < y.size(0); ++n)
    for (Index i = 0; i < y.size(1); ++i)
      for (Index j = 0; j < y.size(2); ++j)
        for (Index c = 0; c < y.size(3); ++c) {
          for (const auto& row : rows.taps(i))
            for (const auto& column : columns.taps(j))
              y(n, i, j, c) += static_cast<double>(row.weight) * static_cast<double>(column.weight) *
                               static_cast<double>(x(n, row.input, column.input, c));
          y(n, i, j, c) /= static_cast<double>(rows.divisor(i)) * static_cast<double>(columns.divisor(j));
        }
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("resample2d: agrees with the plain loop, overwriting and accumulating", T, float, double) {
  for (Index c : {1, 3, 7, 8, 9, 16, 33, 70})
    for (Index most : {2, 80}) {
      const auto rows = some_resampling<T>(5, 7, most, 1), columns = some_resampling<T>(9, 4, most, 2);
      const auto x = reference::random<T>({2, 5, 9, c}, 3), before = reference::random<T>({2, 7, 4, c}, 4);
      const Tensor<double> expected = plain_resampling(rows, columns, x);
      auto y = Tensor<T>::uninitialized(before.shape());
      kernels::resample2d(2, c, rows, columns, x.data(), kernels::Target<T>{y.data()});
      CHECK(reference::difference(y, expected) < reference::tolerance<T>(4 * most));
      Tensor<T> sums = before;
      kernels::resample2d(2, c, rows, columns, x.data(),
                          kernels::Target<T>{sums.data(), kernels::WriteMode::accumulate});
      for (std::size_t i = 0; i < y.elements().size(); ++i)
        REQUIRE(sums.elements()[i] == before.elements()[i] + std::as_const(y).elements()[i]);
    }
}

TEST_CASE("resample2d: transposed, it is the gradient") {
  const auto rows = some_resampling<double>(5, 7, 3, 1), columns = some_resampling<double>(9, 4, 40, 2);
  const auto x = reference::random<double>({1, 5, 9, 2}, 3), dy = reference::random<double>({1, 7, 4, 2}, 4);
  const Tensor<double> y = plain_resampling(rows, columns, x);
  const Tensor<double> dx = plain_resampling(rows.transposed(), columns.transposed(), dy);
  double forward = 0, backward = 0;
  for (std::size_t i = 0; i < y.elements().size(); ++i) forward += y.elements()[i] * dy.elements()[i];
  for (std::size_t i = 0; i < x.elements().size(); ++i) backward += x.elements()[i] * dx.elements()[i];
  CHECK(std::abs(forward - backward) < 1e-12);
}

TEST_CASE("resample2d: images without elements are nothing to do") {
  const auto rows = some_resampling<float>(5, 7, 3, 1), columns = some_resampling<float>(9, 4, 3, 2);
  float unchanged = 5;
  kernels::resample2d<float>(0, 3, rows, columns, nullptr, {&unchanged});
  kernels::resample2d<float>(2, 0, rows, columns, nullptr, {&unchanged});
  CHECK(unchanged == 5);
}

TEST_CASE("resample2d: the same bits for any number of threads, and nothing is written beyond the result") {
  const auto rows = some_resampling<float>(30, 41, 3, 1), columns = some_resampling<float>(31, 40, 3, 2);
  for (Index c : {1, 5, 70}) {
    const auto x = reference::random<float>({3, 30, 31, c}, 3);
    std::vector<Tensor<float>> results;
    for (const int count : {1, 2, 3, 7}) {
      set_threads(count);
      Tensor<float> y = Tensor<float>::full({3 * 41 * 40 * c + 64}, 99);
      kernels::resample2d(3, c, rows, columns, x.data(), kernels::Target<float>{y.data()});
      for (Index i = 0; i < 64; ++i) REQUIRE(std::as_const(y)(3 * 41 * 40 * c + i) == 99);
      results.push_back(std::move(y));
    }
    set_threads(0);
    for (const auto& y : results) CHECK(reference::identical(y, results[0]));
  }
}
