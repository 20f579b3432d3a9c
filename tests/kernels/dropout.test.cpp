#include <doctest/doctest.h>

#include "../reference.hpp"

using namespace latent;

namespace {

/// Factors of n elements, from the random words one by one.
template <Scalar T>
Tensor<T> dropout_factors(Index n, const kernels::Dropout& d) {
  Tensor<T> factors({n});
  Rng rng(d.seed, d.stream);
  for (Index i = 0; i < n; ++i) {
    rng.seek(4 * (d.first_block + static_cast<std::uint64_t>(i / 64 * 16 + i % 16)) +
             static_cast<std::uint64_t>(i / 16 % 4));
    factors(i) = rng.bits() < d.threshold ? T(0) : static_cast<T>(d.scale);
  }
  return factors;
}

template <Scalar T>
void check_dropout(Index n) {
  const kernels::Dropout d{.seed = 0x123456789ABCDEF,
                           .stream = 0xFEDCBA9876543210,
                           .first_block = 0xFFFFFFFE,  // so that counters pass 2^32
                           .threshold = 0x60000000,
                           .scale = 1.6};
  const auto x = reference::random<T>({n}, 1), before = reference::random<T>({n}, 2);
  const auto factors = dropout_factors<T>(n, d);
  Tensor<T> y({n}), added = before;
  kernels::dropout<T>(n, x.data(), {y.data(), kernels::WriteMode::overwrite}, d);
  kernels::dropout<T>(n, x.data(), {added.data(), kernels::WriteMode::accumulate}, d);
  for (Index i = 0; i < n; ++i) {
    CHECK(y(i) == x(i) * factors(i));
    CHECK(added(i) == doctest::Approx(static_cast<double>(before(i) + x(i) * factors(i))));
  }
}

}  // namespace

TEST_CASE("kernels: dropout drops by the words of the stream") {
  for (Index n : {0, 1, 7, 8, 9, 33, 64, 65, 200, 4097}) {
    check_dropout<float>(n);
    check_dropout<double>(n);
  }
}

TEST_CASE("kernels: dropout gives the same bits with any number of threads") {
  const Index n = 100003;
  const auto x = reference::random<float>({n}, 1);
  const kernels::Dropout d{.seed = 1, .stream = 2, .first_block = 3, .threshold = 0x80000000, .scale = 2};
  Tensor<float> first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    Tensor<float> y({n});
    kernels::dropout<float>(n, x.data(), {y.data()}, d);
    if (threads == 1)
      first = y;
    else
      CHECK(reference::identical(y, first));
  }
  set_threads(0);
}
