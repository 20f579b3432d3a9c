#include <latent/core/shape.hpp>
#include <sstream>

#include "../errors.hpp"

using namespace latent;

TEST_CASE("shape: sizes, strides and number of elements, also in constant expressions") {
  constexpr Shape shape{2, 3, 5};
  static_assert(shape.rank() == 3 && shape.numel() == 30);
  static_assert(shape.stride(0) == 15 && shape.stride(1) == 5 && shape.stride(2) == 1);
  static_assert(shape.size(-1) == 5 && shape.size(-3) == 2);
  static_assert(shape.with(-2, 7) == Shape{2, 7, 5} && shape.without(0) == Shape{3, 5});
  static_assert(Shape{}.numel() == 1 && Shape{4, 0}.numel() == 0);
  static_assert(!(Shape{2, 3} == Shape{3, 2}) && !(Shape{2} == Shape{2, 1}));
  CHECK(shape.rank() == 3);
}

TEST_CASE("shape: unpacking names what was expected") {
  const auto [n, in] = Shape{4, 9}.sizes<2>("linear: x [N, In]");
  CHECK(n == 4);
  CHECK(in == 9);
  CHECK(message_of<ShapeError>([] { Shape{4}.sizes<2>("linear: x [N, In]"); }) ==
        "linear: x [N, In] expected, got shape [4]");
}

TEST_CASE("shape: impossible ones are refused") {
  CHECK(message_of<ShapeError>([] { Shape{2, -1}; }) == "shape: sizes must be at least 0, got -1 behind [2]");
  CHECK(message_of<ShapeError>([] { Shape{1, 1, 1, 1, 1, 1, 1}; }) ==
        "shape: at most 6 sizes expected, got [1, 1, 1, 1, 1, 1] and 1");
  CHECK(message_of<ShapeError>([] { Shape({2, 3}).size(2); }) == "shape: axis 2 does not exist in shape [2, 3]");
  CHECK(message_of<ShapeError>([] {
          (void)Shape({2, 3}).normalize_axis(-3, "sum");
        }) == "sum: axis -3 does not exist in shape [2, 3]");
  CHECK(message_of<ShapeError>([] {
          Shape({Index{1} << 40, Index{1} << 40});
        }) == "shape: [1099511627776] times 1099511627776 elements are too large for memory");
  CHECK_THROWS_AS(Shape({0, Index{1} << 40, Index{1} << 40}), ShapeError);
}

TEST_CASE("shape: an index that it does not have is refused") {
  constexpr Shape shape{2, 3};
  static_assert(shape[0] == 2 && shape[1] == 3);
  CHECK(message_of<ShapeError>([&] { (void)shape[2]; }) == "shape: index 2 is not within [2, 3]");
  CHECK(message_of<ShapeError>([&] { (void)shape[-1]; }) == "shape: index -1 is not within [2, 3]");
  CHECK(message_of<ShapeError>([] { (void)Shape{}[0]; }) == "shape: index 0 is not within []");
}

TEST_CASE("shape: is written to a stream as in messages") {
  std::ostringstream stream;
  stream << Shape{64, 28, 28, 1} << Shape{};
  CHECK(stream.str() == "[64, 28, 28, 1][]");
}
