#include <latent/data/loader.hpp>
#include <latent/data/tensor_dataset.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("TensorDataset: a batch has the rows of all tensors, each of its type") {
  const auto x = reference::random<float>({5, 2, 3}, 1);
  const Tensor<std::int64_t> y({5}, {10, 11, 12, 13, 14});
  const auto z = reference::random<double>({5, 4}, 2);
  const data::TensorDataset set(x, y, z);
  CHECK(set.size() == 5);
  const auto batch = set.gather(std::vector<Index>{4, 0, 4});
  CHECK(std::get<0>(batch).shape() == Shape{3, 2, 3});
  CHECK(std::get<1>(batch).shape() == Shape{3});
  CHECK(std::get<2>(batch).shape() == Shape{3, 4});
  const Index numbers[] = {4, 0, 4};
  for (Index i = 0; i < 3; ++i) {
    CHECK(std::get<1>(batch)(i) == 10 + numbers[i]);
    for (Index j = 0; j < 2; ++j)
      for (Index k = 0; k < 3; ++k) CHECK(std::get<0>(batch)(i, j, k) == x(numbers[i], j, k));
    for (Index j = 0; j < 4; ++j) CHECK(std::get<2>(batch)(i, j) == z(numbers[i], j));
  }
  CHECK(std::get<0>(set.tensors()).shape() == x.shape());
}

TEST_CASE("TensorDataset: goes through a loader, whose batches are unpacked by name") {
  Tensor<float> x({10, 3});
  Tensor<std::uint8_t> y({10});
  for (Index i = 0; i < 10; ++i) {
    y(i) = static_cast<std::uint8_t>(i);
    for (Index j = 0; j < 3; ++j) x(i, j) = static_cast<float>(10 * i + j);
  }
  const data::TensorDataset set(x, y);
  data::Loader loader(set, {.batch_size = 4, .shuffle = true, .seed = 3});
  std::vector<int> seen;
  for (const auto& [bx, by] : loader)
    for (Index i = 0; i < by.size(0); ++i) {
      seen.push_back(by(i));
      CHECK(bx(i, 2) == static_cast<float>(10 * by(i) + 2));
    }
  CHECK(seen.size() == 10);
  CHECK_FALSE(std::ranges::is_sorted(seen));
  std::ranges::sort(seen);
  for (int i = 0; i < 10; ++i) CHECK(seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("TensorDataset: large rows are the same for any number of threads, and empty ones are empty") {
  const auto x = reference::random<float>({64, 3000}, 3);
  std::vector<Index> numbers(64);
  for (Index i = 0; i < 64; ++i) numbers[static_cast<std::size_t>(i)] = (i * 37) % 64;
  const data::TensorDataset set(x);
  set_threads(4);
  const Tensor<float> rows = std::get<0>(set.gather(numbers));
  set_threads(0);
  for (Index i = 0; i < 64; ++i) CHECK(rows(i, 2999) == x((i * 37) % 64, 2999));
  const data::TensorDataset empty(Tensor<float>({3, 0}));
  CHECK(std::get<0>(empty.gather(std::vector<Index>{1, 2})).shape() == Shape{2, 0});
}

TEST_CASE("TensorDataset: tensors that do not fit and numbers that do not exist are named") {
  const Tensor<float> x({4, 3});
  CHECK(message_of<ShapeError>([&] { data::TensorDataset(x, Tensor<double>({5})); }) ==
        "TensorDataset: tensor 2 is [5], expected [N, ..], with the same N as tensor 1, [4, 3]");
  CHECK(message_of<ShapeError>([&] { data::TensorDataset(x, Tensor<double>(Shape{})); }) ==
        "TensorDataset: tensor 2 is [], expected [N, ..], with the same N as tensor 1, [4, 3]");
  const data::TensorDataset set(x);
  CHECK(message_of<ValueError>([&] {
          set.gather(std::vector<Index>{0, 4});
        }) == "TensorDataset: element 4 wanted of 4");
  CHECK(message_of<ValueError>([&] { set.gather(std::vector<Index>{-1}); }) == "TensorDataset: element -1 wanted of 4");
}
