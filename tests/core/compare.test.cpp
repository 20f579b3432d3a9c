#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("tensors: are equal if shapes and all elements are") {
  const Tensor<float> x({2, 2}, {1, 2, 3, 0});
  CHECK(x == Tensor<float>({2, 2}, {1, 2, 3, -0.0f}));
  CHECK(x != Tensor<float>({2, 2}, {1, 2, 4, 0}));
  CHECK(x != x.reshape({4}));
  CHECK(Tensor<float>({0, 2}) == Tensor<float>({0, 2}));
  CHECK(Tensor<float>({0, 2}) != Tensor<float>({0, 3}));
  CHECK(Tensor<float>() == Tensor<float>());
  const Tensor<float> nan({1}, {std::numeric_limits<float>::quiet_NaN()});
  CHECK(nan != nan);
}

TEST_CASE("comparisons: of elements give masks, with broadcasting, and with numbers on either side") {
  using Mask = Tensor<bool>;
  const Tensor<float> x({3}, {1, 2, std::numeric_limits<float>::quiet_NaN()}), y({3}, {2, 2, 2});
  CHECK(eq(x, y) == Mask({3}, {false, true, false}));
  CHECK(ne(x, y) == Mask({3}, {true, false, true}));
  CHECK(lt(x, y) == Mask({3}, {true, false, false}));
  CHECK(le(x, y) == Mask({3}, {true, true, false}));
  CHECK(gt(y, x) == Mask({3}, {true, false, false}));
  CHECK(ge(y, x) == Mask({3}, {true, true, false}));
  CHECK(lt(x, 2) == Mask({3}, {true, false, false}));
  CHECK(lt(1.5, x) == Mask({3}, {false, true, false}));
  CHECK(ge(Tensor<int>({2, 1}, {1, 3}), Tensor<int>({2}, {2, 3})) == Mask({2, 2}, {false, false, true, true}));
  CHECK(eq(Tensor<float>({1}, {0.1f}), 0.1) == Mask({1}, {true}));
  CHECK(gt(Tensor<float>({0}), 1).shape() == Shape{0});
  CHECK(message_of<ShapeError>([&] { le(x, Tensor<float>({2})); }) ==
        "le: shapes [3] and [2] do not broadcast, sizes 3 and 2 differ and neither is 1");
}

TEST_CASE("comparisons: integers of different types are compared as the numbers that they are") {
  using Mask = Tensor<bool>;
  const Tensor<std::uint8_t> labels({3}, {0, 7, 255});
  const Tensor<Index> classes({3}, {0, 6, -1});
  CHECK(eq(classes, labels) == Mask({3}, {true, false, false}));
  CHECK(lt(classes, labels) == Mask({3}, {false, true, true}));
  CHECK(gt(labels, -1) == Mask({3}, {true, true, true}));
  CHECK(eq(labels, 256) == Mask({3}, {false, false, false}));
  CHECK(lt(-1, Tensor<unsigned>({1}, {1u})) == Mask({1}, {true}));
  CHECK(gt(Tensor<int>({2}, {1, 2}), 1.5) == Mask({2}, {false, true}));
  CHECK(eq(Mask({2}, {true, false}), true) == Mask({2}, {true, false}));
}

TEST_CASE("masks: are combined, with broadcasting, and counted") {
  using Mask = Tensor<bool>;
  const Mask a({4}, {false, false, true, true}), b({4}, {false, true, false, true});
  CHECK(logical_and(a, b) == Mask({4}, {false, false, false, true}));
  CHECK(logical_or(a, b) == Mask({4}, {false, true, true, true}));
  CHECK(logical_xor(a, b) == Mask({4}, {false, true, true, false}));
  CHECK(logical_not(a) == Mask({4}, {true, true, false, false}));
  CHECK(logical_xor(Tensor<float>({2}, {0.5f, 0}), Tensor<int>({1, 1}, {2})) == Mask({1, 2}, {false, true}));
  CHECK(logical_not(Tensor<float>({2}, {0.5f, 0})) == Mask({2}, {false, true}));
  CHECK(message_of<ShapeError>([&] { logical_or(a, Mask({3})); }) ==
        "logical_or: shapes [4] and [3] do not broadcast, sizes 4 and 3 differ and neither is 1");
  CHECK(count_nonzero(a) == 2);
  CHECK(count_nonzero(Tensor<float>({3}, {0, -1, std::numeric_limits<float>::quiet_NaN()})) == 2);
  CHECK_FALSE(all(a));
  CHECK(any(a));
  CHECK(all(Mask({0})));
  CHECK_FALSE(any(Mask({3})));
}
