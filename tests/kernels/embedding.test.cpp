#include <doctest/doctest.h>

#include "../reference.hpp"

using namespace latent;

namespace {

/// Numbers of rows, of which the first is met most often.
Tensor<Index> embedding_rows(Index n, Index count) {
  Tensor<Index> rows({n});
  Rng rng(3);
  for (Index& row : rows.elements())
    row = rng.bits() % 2 ? 0 : static_cast<Index>(rng.below(static_cast<std::uint32_t>(count)));
  return rows;
}

template <Scalar T>
void check_embedding(Index n, Index count, Index dim) {
  CAPTURE(n);
  CAPTURE(count);
  CAPTURE(dim);
  const auto rows = embedding_rows(n, count);
  const auto table = reference::random<T>({count, dim}, 1), dy = reference::random<T>({n, dim}, 2);
  const auto before = reference::random<T>({count, dim}, 3);
  Tensor<T> y({n, dim}), written = Tensor<T>::full({count, dim}, 7), added = before;
  kernels::embedding<T>(n, dim, rows.data(), table.data(), y.data());
  kernels::embedding_backward<T>(n, count, dim, rows.data(), dy.data(), {written.data()}, -1);
  kernels::embedding_backward<T>(n, count, dim, rows.data(), dy.data(), {added.data(), kernels::WriteMode::accumulate},
                                 count - 1);
  Tensor<double> sums({count, dim}), with_before = before.template cast<double>();
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < dim; ++j) {
      CHECK(y(i, j) == table(rows(i), j));
      sums(rows(i), j) += static_cast<double>(dy(i, j));
      if (rows(i) != count - 1) with_before(rows(i), j) += static_cast<double>(dy(i, j));
    }
  CHECK(reference::difference(written, sums) <= reference::tolerance<T>(100));
  CHECK(reference::difference(added, with_before) <= reference::tolerance<T>(100));
}

}  // namespace

TEST_CASE("kernels: embedding takes rows, and adds up the gradients of each") {
  for (Index n : {0, 1, 9, 33, 1000})
    for (Index dim : {0, 1, 7, 8, 9, 33, 130}) check_embedding<float>(n, 5, dim);
  check_embedding<float>(300, 1, 3);
  check_embedding<float>(20, 1000, 8);
  check_embedding<double>(1000, 70, 9);
}

TEST_CASE("kernels: embedding adds in an order that does not depend on the threads") {
  const Index n = 3000, count = 200, dim = 150;
  const auto rows = embedding_rows(n, count);
  const auto table = reference::random<float>({count, dim}, 1), dy = reference::random<float>({n, dim}, 2);
  Tensor<float> first_y, first_dtable;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    Tensor<float> y({n, dim}), dtable({count, dim});
    kernels::embedding<float>(n, dim, rows.data(), table.data(), y.data());
    kernels::embedding_backward<float>(n, count, dim, rows.data(), dy.data(), {dtable.data()}, 3);
    if (threads == 1) {
      first_y = y;
      first_dtable = dtable;
    }
    CHECK(reference::identical(y, first_y));
    CHECK(reference::identical(dtable, first_dtable));
  }
  set_threads(0);
}

TEST_CASE("kernels: the gradient of a row that is met a million times keeps its digits") {
  const Index n = 1 << 20;
  const Tensor<Index> rows({n});
  const auto dy = Tensor<float>::full({n, 1}, 0.1F);
  Tensor<float> dtable({1, 1});
  kernels::embedding_backward<float>(n, 1, 1, rows.data(), dy.data(), {dtable.data()}, -1);
  CHECK(dtable.item() == doctest::Approx(static_cast<double>(n) * static_cast<double>(0.1F)).epsilon(2e-6));
}
