#include "../reference.hpp"

#include <doctest/doctest.h>

using namespace latent;

namespace {

template <class A, class B>
concept HasEqual = requires(A a, B b) {
  a == b;
};
template <class A, class B>
concept HasUnequal = requires(A a, B b) {
  a != b;
};

}  // namespace

TEST_CASE("comparisons: variables are compared by their values, with tensors and numbers too") {
  using Mask = Tensor<bool>;
  const Variable<float> x(Tensor<float>({3}, {1, 2, 3}), true), y(Tensor<float>({}, {2}));
  const Tensor<float> t({3}, {3, 2, 1});
  CHECK(eq(x, y) == Mask({3}, {false, true, false}));
  CHECK(ne(x, t) == Mask({3}, {true, false, true}));
  CHECK(lt(t, x) == Mask({3}, {false, false, true}));
  CHECK(le(x, 2) == Mask({3}, {true, true, false}));
  CHECK(gt(1.5, x) == Mask({3}, {true, false, false}));
  CHECK(ge(x, x) == Mask({3}, {true, true, true}));
  const Variable<float> kept = where(gt(x, y), x, -x);
  CHECK(kept.value() == Tensor<float>({3}, {-1, -2, 3}));
  sum(kept).backward();
  CHECK(x.grad() == Tensor<float>({3}, {-1, -1, 1}));
}

TEST_CASE("comparisons: == of variables, which could mean several things, does not compile") {
  using V = Variable<float>;
  static_assert(!HasEqual<V, V> && !HasUnequal<V, V> && !HasEqual<V, Tensor<float>>);
  static_assert(HasEqual<Tensor<float>, Tensor<float>> && HasUnequal<Tensor<float>, Tensor<float>>);
  const V x(Tensor<float>({1}, {2}));
  CHECK(x.value() == x.detach().value());
  CHECK(x.identity() != x.detach().identity());
}
