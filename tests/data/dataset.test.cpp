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
  set.images = Tensor<std::uint8_t>({4, 2});
  CHECK(message_of<ShapeError>([&] { set.gather(numbers); }) ==
        "dataset: images [N, H, W] or [N, H, W, C] expected, got shape [4, 2]");
  CHECK(message_of<ValueError>([&] { set.first(-1); }) == "dataset: at least 0 images expected, got -1");
  CHECK(data::ImageDataset{}.first(5).size() == 0);
}

TEST_CASE("dataset: images in colour keep their channels, grey ones have one") {
  Tensor<std::uint8_t> colors({3, 2, 1, 3});
  std::uint8_t value = 0;
  for (std::uint8_t& element : colors.elements()) element = value++;
  const data::ImageDataset set{colors, {}, {}};
  CHECK(set.channels() == 3);
  CHECK(data::ImageDataset{Tensor<std::uint8_t>({3, 2, 1}), {}, {}}.channels() == 1);
  CHECK(data::ImageDataset{}.channels() == 1);
  const auto batch = set.gather(std::vector<Index>{2, 0});
  CHECK(batch.images.shape() == Shape{2, 2, 1, 3});
  for (Index y = 0; y < 2; ++y)
    for (Index c = 0; c < 3; ++c) {
      CHECK(batch.images(0, y, 0, c) == static_cast<float>(12 + 3 * y + c) / 255.0f);
      CHECK(batch.images(1, y, 0, c) == static_cast<float>(3 * y + c) / 255.0f);
    }
  CHECK(set.first(2).gather(std::vector<Index>{1}).images(0, 1, 0, 2) == 11.0f / 255.0f);
}
