#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("dataset: gathers images scaled to 0 .. 1, exactly as dividing by 255") {
  const data::FashionMnist mnist = data::fashion_mnist(LATENT_TEST_DATA);
  const std::vector<Index> numbers{5, 0, 5};
  const auto batch = mnist.train.gather(numbers);
  CHECK(batch.size() == 3);
  CHECK(batch.images.shape() == Shape{3, 28, 28, 1});
  CHECK(batch.labels(1) == mnist.train.labels(0));
  for (Index h = 0; h < 28; ++h)
    for (Index w = 0; w < 28; ++w)
      CHECK(batch.images(0, h, w, 0) == static_cast<float>(mnist.train.images(5, h, w)) / 255.0f);
  const std::vector<Index> beyond{256};
  CHECK(message_of<ValueError>([&] { mnist.train.gather(beyond); }) == "dataset: image 256 wanted of 256");
  CHECK(mnist.train.first(10).size() == 10);
  CHECK(mnist.train.first(1000).size() == 256);
}
