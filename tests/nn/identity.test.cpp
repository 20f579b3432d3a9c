#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("identity: gives what it takes") {
  const Variable<float> x(Tensor<float>({2, 3}), true);
  CHECK(nn::Identity{}(x).identity() == x.identity());
  CHECK(nn::Identity{}.output_shape({2, 3}) == Shape{2, 3});
}
