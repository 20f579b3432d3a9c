#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("simd: transposes a square of registers", T, float, double) {
  std::array<kernels::Vector<T>, kernels::lanes<T>> square;
  for (Index i = 0; i < kernels::lanes<T>; ++i)
    for (Index j = 0; j < kernels::lanes<T>; ++j) square[static_cast<std::size_t>(i)][j] = static_cast<T>(100 * i + j);
  kernels::transpose<T>(square);
  for (Index i = 0; i < kernels::lanes<T>; ++i)
    for (Index j = 0; j < kernels::lanes<T>; ++j) {
      const T element = square[static_cast<std::size_t>(i)][j];
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
