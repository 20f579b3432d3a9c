#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("loader: every image once per epoch, in an order of its own") {
  const data::FashionMnist mnist = data::fashion_mnist(LATENT_TEST_DATA);
  data::Loader loader(mnist.train, {.batch_size = 50, .shuffle = true, .seed = 9});
  CHECK(loader.size() == 6);
  const auto epoch = [](auto& from) {
    std::vector<float> sums;
    std::vector<Index> sizes;
    for (const auto& batch : from) {
      sizes.push_back(batch.size());
      for (Index i = 0; i < batch.size(); ++i)
        sums.push_back(static_cast<float>(kernels::sum(784, batch.images.data() + i * 784)));
    }
    CHECK(sizes.back() == 6);
    return sums;
  };
  const auto first = epoch(loader), second = epoch(loader);
  CHECK(first != second);
  auto a = first, b = second;
  std::ranges::sort(a);
  std::ranges::sort(b);
  CHECK(a == b);
  data::Loader again(mnist.train, {.batch_size = 50, .shuffle = true, .seed = 9});
  again.set_epoch(1);
  CHECK(epoch(again) == second);

  data::Loader ordered(mnist.train, {.batch_size = 100, .drop_last = true});
  Index count = 0;
  for (const auto& batch : ordered) {
    CHECK(batch.size() == 100);
    CHECK(batch.labels(0) == mnist.train.labels(100 * count));
    ++count;
  }
  CHECK(count == 2);
  constexpr Index most = std::numeric_limits<Index>::max();
  data::Loader whole(mnist.train, {.batch_size = most});
  CHECK(whole.size() == 1);
  for (const auto& batch : whole) CHECK(batch.size() == mnist.train.size());
  CHECK(data::Loader(mnist.train, {.batch_size = most, .drop_last = true}).size() == 0);
  CHECK(message_of<ValueError>([&] { data::Loader(mnist.train, {.batch_size = 0}); }) ==
        "Loader: batch_size must be at least 1, got 0");
  const data::ImageDataset empty;
  CHECK(message_of<ValueError>([&] { data::Loader(empty, {}); }) == "Loader: the data set is empty");
}

TEST_CASE("loader: two iterators at once each meet every image") {
  const data::FashionMnist mnist = data::fashion_mnist(LATENT_TEST_DATA);
  data::Loader loader(mnist.train, {.batch_size = 16, .shuffle = true, .seed = 2});
  const auto sums_of = [](auto it, const auto& end) {
    std::vector<double> sums;
    for (; !(it == end); ++it)
      for (Index i = 0; i < (*it).size(); ++i) sums.push_back(kernels::sum(784, (*it).images.data() + i * 784));
    std::ranges::sort(sums);
    return sums;
  };
  auto first = loader.begin();
  const auto second = sums_of(loader.begin(), loader.end());
  CHECK(sums_of(first, loader.end()) == second);
}
