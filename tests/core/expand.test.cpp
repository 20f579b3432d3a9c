#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("expand: repeats a tensor along axes of size 1 and new ones") {
  const Tensor<int> x({2, 1}, {1, 2});
  CHECK(expand(x, {2, 3}) == Tensor<int>({2, 3}, {1, 1, 1, 2, 2, 2}));
  CHECK(expand(x, {-1, 2}) == Tensor<int>({2, 2}, {1, 1, 2, 2}));
  CHECK(expand(x, {2, 2, -1}) == Tensor<int>({2, 2, 1}, {1, 2, 1, 2}));
  CHECK(expand(x, {2, 0}).shape() == Shape{2, 0});
  CHECK(expand(Tensor<int>({}, {7}), {3}) == Tensor<int>({3}, {7, 7, 7}));
  const Tensor<int> same = expand(x, {2, 1});
  CHECK(same.data() == x.data());
}

TEST_CASE("expand: refuses fewer axes, other sizes, and an unknown size of a new axis") {
  const Tensor<float> x({2, 1});
  CHECK(message_of<ShapeError>([&] { expand(x, {2}); }) == "expand: 1 sizes given for shape [2, 1]");
  CHECK(message_of<ShapeError>([&] {
          expand(x, {3, 4});
        }) == "expand: size 3 of axis 0 is not possible for shape [2, 1]");
  CHECK(message_of<ShapeError>([&] {
          expand(x, {-1, 2, 1});
        }) == "expand: size -1 of axis 0 is not possible for shape [2, 1]");
  CHECK(message_of<ShapeError>([&] { expand(x, {2, -2}); }) == "expand: sizes must be at least 0, got -2 behind [2]");
}
