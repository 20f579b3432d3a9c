#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("extrema: as the plain loop, the first of equal ones, for any number of threads", T, float, double) {
  for (const auto& [outer, n, inner] :
       {std::array<Index, 3>{1, 1, 1}, {3, 7, 1}, {2, 33, 5}, {40, 100, 1}, {300, 40, 9}, {2, 3, 1100}}) {
    auto x = reference::random<T>({outer, n, inner}, 1, T(-5), T(5));
    for (T& v : x.elements()) v = std::round(v);
    Tensor<T> most({outer, inner}), least({outer, inner});
    Tensor<std::int64_t> most_at({outer, inner}), least_at({outer, inner});
    for (const int count : {1, 2, 3, 7}) {
      set_threads(count);
      kernels::extrema<true>(outer, n, inner, std::as_const(x).data(), most.data(), most_at.data());
      kernels::extrema<false>(outer, n, inner, std::as_const(x).data(), least.data(), least_at.data());
      set_threads(0);
      bool right = true;
      for (Index o = 0; o < outer; ++o)
        for (Index j = 0; j < inner; ++j) {
          Index high = 0, low = 0;
          for (Index i = 1; i < n; ++i) {
            if (std::as_const(x)(o, i, j) > std::as_const(x)(o, high, j)) high = i;
            if (std::as_const(x)(o, i, j) < std::as_const(x)(o, low, j)) low = i;
          }
          right = right && most_at(o, j) == high && most(o, j) == std::as_const(x)(o, high, j);
          right = right && least_at(o, j) == low && least(o, j) == std::as_const(x)(o, low, j);
        }
      CHECK(right);
    }
  }
}

TEST_CASE("extremum: of many elements, the first of equal ones, NaN before all, for any number of threads") {
  Tensor<float> x({50000});
  x(20000) = x(40000) = 3;
  x(30000) = -4;
  float value = 0;
  std::int64_t place = -1;
  for (const int count : {1, 2, 3, 7}) {
    set_threads(count);
    kernels::extremum<true>(x.numel(), std::as_const(x).data(), value, place);
    CHECK(value == 3);
    CHECK(place == 20000);
    kernels::extremum<false>(x.numel(), std::as_const(x).data(), value, place);
    CHECK(value == -4);
    CHECK(place == 30000);
    set_threads(0);
  }
  x(25000) = x(45000) = std::numeric_limits<float>::quiet_NaN();
  kernels::extremum<true>(x.numel(), std::as_const(x).data(), value, place);
  CHECK(std::isnan(value));
  CHECK(place == 25000);
}
