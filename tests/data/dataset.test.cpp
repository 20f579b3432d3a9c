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

TEST_CASE("dataset: images without labels are gathered without, labels that do not fit are refused") {
  data::ImageDataset set{Tensor<std::uint8_t>::full({4, 2, 2}, 51), {}, {}};
  const std::vector<Index> numbers{3, 1};
  CHECK(set.gather(numbers).images(0, 1, 1, 0) == 0.2f);
  CHECK_FALSE(set.gather(numbers).labels.defined());
  CHECK_FALSE(set.first(2).labels.defined());
  CHECK(set.first(2).size() == 2);
  set.labels = Tensor<std::uint8_t>({3});
  CHECK(message_of<ShapeError>([&] { set.gather(numbers); }) ==
        "dataset: labels [3] do not fit images [4, 2, 2], expected labels [4]");
  CHECK(message_of<ValueError>([&] { set.first(-1); }) == "dataset: at least 0 images expected, got -1");
  CHECK(data::ImageDataset{}.first(5).size() == 0);
}
