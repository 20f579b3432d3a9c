#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Loops;

TEST_CASE("loops: neighbouring axes that go on in memory become one, and sizes of 1 vanish") {
  Loops<2> loops;
  loops.append(4, {30, 30});
  loops.append(1, {7, 9});
  loops.append(5, {6, 6});  // 4 x 5 elements, each 6 behind the one before
  CHECK(loops.rank == 1);
  CHECK(loops.size[0] == 20);
  CHECK(loops.stride[0][0] == 6);
  loops.append(3, {1, 0});  // the second pointer stands still
  CHECK(loops.rank == 2);
  CHECK(loops.numel() == 60);
}

TEST_CASE("loops: rows come in order with the offsets of all pointers, none for an empty axis") {
  Loops<2> loops;
  loops.append(2, {10, 1});
  loops.append(3, {0, 5});
  loops.append(4, {2, 3});
  std::vector<std::array<Index, 2>> offsets;
  loops.each_row([&](const auto& offset, Index count, const auto& stride) {
    CHECK(count == 4);
    CHECK(stride == std::array<Index, 2>{2, 3});
    offsets.push_back(offset);
  });
  CHECK(offsets == std::vector<std::array<Index, 2>>{{0, 0}, {0, 5}, {0, 10}, {10, 1}, {10, 6}, {10, 11}});
  Loops<1> scalar, empty;
  int rows = 0;
  scalar.each_row([&](const auto&, Index count, const auto&) { rows += static_cast<int>(count); });
  CHECK(rows == 1);
  empty.append(3, {1});
  empty.append(0, {1});
  empty.each_row([&](const auto&, Index, const auto&) { FAIL("there is no element"); });
}

TEST_CASE_TEMPLATE("strided: broadcast, copy and add go where the strides say", T, float, double) {
  const auto a = reference::random<T>({3, 4}, 1), column = reference::random<T>({3, 1}, 2);
  for (const bool exchanged : {false, true}) {
    Tensor<T> y({3, 4});
    Loops<3> loops;
    loops.append(3, exchanged ? std::array<Index, 3>{4, 1, 4} : std::array<Index, 3>{4, 4, 1});
    loops.append(4, exchanged ? std::array<Index, 3>{1, 0, 1} : std::array<Index, 3>{1, 1, 0});
    const T *left = exchanged ? column.data() : a.data(), *right = exchanged ? a.data() : column.data();
    kernels::broadcast(loops, y.data(), left, right, [](T p, T q) { return p - q; });
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 4; ++j) CHECK(y(i, j) == (exchanged ? column(i, 0) - a(i, j) : a(i, j) - column(i, 0)));
  }
  Tensor<T> turned({4, 3}), sums = Tensor<T>::full({4}, 1);
  Loops<2> transpose, columns;
  transpose.append(4, {3, 1});
  transpose.append(3, {1, 4});
  kernels::copy_strided(transpose, {turned.data()}, a.data());
  CHECK(reference::identical(turned, reference::transposed(a)));
  kernels::copy_strided(transpose, {turned.data(), kernels::WriteMode::accumulate}, a.data());
  CHECK(turned(2, 1) == 2 * a(1, 2));
  columns.append(3, {0, 4});
  columns.append(4, {1, 1});
  kernels::copy_strided(columns, {sums.data(), kernels::WriteMode::accumulate}, a.data());
  for (Index j = 0; j < 4; ++j)
    CHECK(static_cast<double>(sums(j)) == doctest::Approx(static_cast<double>(1 + a(0, j) + a(1, j) + a(2, j))));
}
