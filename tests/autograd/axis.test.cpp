#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("axis: a shape as what is before, along and behind an axis") {
  const auto [outer, n, inner] = detail::along_axis("sum", {2, 3, 4, 5}, -3);
  CHECK(outer == 2);
  CHECK(n == 3);
  CHECK(inner == 20);
  const auto last = detail::along_axis("sum", {0, 3}, 1);
  CHECK(last.outer == 0);
  CHECK(last.inner == 1);
  CHECK(detail::along_all({2, 3}).n == 6);
  CHECK(message_of<ShapeError>([] {
          detail::along_axis("flip", {2, 3}, 2);
        }) == "flip: axis 2 does not exist in shape [2, 3]");
}
