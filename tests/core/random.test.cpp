#include <latent/core/random.hpp>

#include "../errors.hpp"

using namespace latent;

TEST_CASE("philox: gives the words its authors publish") {
  // The known answers that come with Random123 for philox4x32, 10 rounds.
  using Words = std::array<std::uint32_t, 4>;
  static_assert(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t ones = 0xffffffff;
  static_assert(philox({ones, ones, ones, ones}, {ones, ones}) ==
                Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
                Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  CHECK(Rng(0).bits() == 0x6627e8d5);
}

TEST_CASE("rng: seed, stream and position are its whole state") {
  Rng a(5, 3);
  for (int i = 0; i < 7; ++i) a.bits();
  Rng b(5, 3);
  b.seek(a.position());
  for (int i = 0; i < 9; ++i) CHECK(a.bits() == b.bits());
  CHECK(Rng(5, 3).bits() != Rng(5, 4).bits());
  CHECK(Rng(5, 3).bits() != Rng(6, 3).bits());
}

TEST_CASE_TEMPLATE("rng: uniform and normal numbers have the moments they should", T, float, double) {
  Rng rng(1);
  const Index n = 200000;
  const auto moments = [](const Tensor<T>& x) {
    double mean = 0, square = 0;
    for (T v : x.elements()) mean += static_cast<double>(v) / static_cast<double>(x.numel());
    for (T v : x.elements())
      square += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean) / static_cast<double>(x.numel());
    return std::pair(mean, square);
  };
  const auto uniform = rng.uniform<T>({n}, T(-1), T(3));
  for (T v : uniform.elements()) REQUIRE((v >= -1 && v <= 3));
  CHECK(moments(uniform).first == doctest::Approx(1).epsilon(0.01));
  CHECK(moments(uniform).second == doctest::Approx(16.0 / 12).epsilon(0.01));
  const auto normal = rng.normal<T>({n}, T(2), T(0.5));
  CHECK(moments(normal).first == doctest::Approx(2).epsilon(0.01));
  CHECK(moments(normal).second == doctest::Approx(0.25).epsilon(0.02));
  Index beyond = 0;
  for (T v : normal.elements()) beyond += std::abs(v - 2) > T(0.98);  // 1.96 deviations: 5 %
  CHECK(static_cast<double>(beyond) / static_cast<double>(n) == doctest::Approx(0.05).epsilon(0.05));
}

TEST_CASE("rng: permutations hold every number once and differ") {
  Rng rng(2);
  std::vector<Index> first, second, sorted;
  rng.permutation(1000, first);
  rng.permutation(1000, second);
  CHECK(first != second);
  sorted = first;
  std::ranges::sort(sorted);
  for (Index i = 0; i < 1000; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
  std::array<Index, 1000> elsewhere{};
  Rng(2).permutation(elsewhere);
  CHECK(std::ranges::equal(elsewhere, first));
  CHECK(message_of<ValueError>([&] { rng.permutation(-1, first); }) ==
        "permutation: 0 to 2^32 - 1 elements expected, got -1");
  // Of three numbers each order comes up about equally often.
  std::array<int, 6> counts{};
  for (int i = 0; i < 6000; ++i) {
    rng.permutation(3, first);
    ++counts[static_cast<std::size_t>(first[0] * 2 + (first[1] > first[2]))];
  }
  for (int count : counts) CHECK(count == doctest::Approx(1000).epsilon(0.15));
  CHECK_THROWS_AS(rng.permutation(-1, first), ValueError);
}

TEST_CASE("rng: below is uniform and stays below") {
  Rng rng(3);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[rng.below(7)];
  for (int count : counts) CHECK(count == doctest::Approx(10000).epsilon(0.05));
}

TEST_CASE_TEMPLATE("rng: tensors hold the numbers that one thread draws one by one", T, float, double) {
  for (const Index size : {0, 1, 3, 1024, 1025, 5000}) {
    CAPTURE(size);
    Rng whole(7, 3), single(7, 3);
    whole.bits(), single.bits();  // from within a block
    const Tensor<T> uniform = whole.uniform<T>({size}, T(-1), T(3));
    for (const T x : uniform.elements()) REQUIRE(x == T(-1) + T(4) * single.uniform<T>());
    CHECK(whole.position() == single.position());

    const Tensor<T> normal = whole.normal<T>({size}, T(2), T(3));
    for (Index i = 0; i < size; i += 2) {
      const T u = single.uniform<T>(), v = single.uniform<T>();
      const T radius = T(3) * std::sqrt(T(-2) * std::log(T(1) - u)), angle = 2 * std::numbers::pi_v<T> * v;
      REQUIRE(normal(i) == doctest::Approx(T(2) + radius * std::cos(angle)).epsilon(1e-5));
      if (i + 1 < size) REQUIRE(normal(i + 1) == doctest::Approx(T(2) + radius * std::sin(angle)).epsilon(1e-5));
    }
    CHECK(whole.position() == single.position());
    CHECK(whole.bits() == single.bits());
  }
}
