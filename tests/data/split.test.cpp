#include <latent/data/split.hpp>
#include <latent/data/tensor_dataset.hpp>
#include <numeric>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// Element i is i.
data::TensorDataset<std::int64_t> counted(Index size) {
  Tensor<std::int64_t> x({size});
  for (Index i = 0; i < size; ++i) x(i) = i;
  return data::TensorDataset(x);
}

template <class Part>
std::vector<std::int64_t> elements_of(const Part& part) {
  std::vector<Index> all(static_cast<std::size_t>(part.size()));
  std::iota(all.begin(), all.end(), Index{0});
  const auto batch = part.gather(all);
  const auto elements = std::get<0>(batch).elements();
  return {elements.begin(), elements.end()};
}

template <class Set>
concept CanBeSplit = requires(Set&& set) {
  data::random_split(std::forward<Set>(set), {0.5, 0.5});
};

}  // namespace

TEST_CASE("random_split: every element is in one part, in an order that size and seed fix") {
  const auto set = counted(101);
  const auto [train, validation, test] = data::random_split(set, {0.7, 0.2, 0.1}, 5);
  CHECK(train.size() == 71);  // 70.7 and 90.9, rounded
  CHECK(validation.size() == 20);
  CHECK(test.size() == 10);
  auto all = elements_of(train);
  CHECK_FALSE(std::ranges::is_sorted(all));
  for (const auto& part : {elements_of(validation), elements_of(test)}) all.insert(all.end(), part.begin(), part.end());
  const auto again = data::random_split(set, {0.7, 0.2, 0.1}, 5), other = data::random_split(set, {0.7, 0.2, 0.1}, 6);
  CHECK(again[0].numbers() == train.numbers());
  CHECK(other[0].numbers() != train.numbers());
  std::ranges::sort(all);
  for (std::size_t i = 0; i < 101; ++i) CHECK(all[i] == static_cast<std::int64_t>(i));
}

TEST_CASE("random_split: takes counts as well, a part may be empty, and floats are fractions") {
  const auto set = counted(10);
  const auto parts = data::random_split(set, {7, 0, 3});
  CHECK(parts[0].size() == 7);
  CHECK(parts[1].size() == 0);
  CHECK(parts[2].size() == 3);
  CHECK(data::random_split(set, {0.9f, 0.1f})[1].size() == 1);
  CHECK(data::random_split(set, {0.333333, 0.333333, 0.333333})[2].size() == 3);
  static_assert(CanBeSplit<const data::TensorDataset<std::int64_t>&>);
  static_assert(!CanBeSplit<data::TensorDataset<std::int64_t>>);  // it would be gone
}

TEST_CASE("ordered_split: the parts follow each other") {
  const auto set = counted(10);
  const auto [past, future] = data::ordered_split(set, {0.8, 0.2});
  CHECK(elements_of(past) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(elements_of(future) == std::vector<std::int64_t>{8, 9});
}

TEST_CASE("stratified_split: each class is cut by the fractions") {
  Tensor<std::uint8_t> labels({100});
  for (Index i = 0; i < 100; ++i) labels(i) = i % 10 == 0 ? 7 : i % 2;  // 10 of class 7, 40 of 0, 50 of 1
  const auto set = counted(100);
  const auto [train, test] = data::stratified_split(set, labels, {0.8, 0.2}, 1);
  std::map<int, int> of_train, of_test;
  for (const std::int64_t i : elements_of(train)) ++of_train[labels(i)];
  for (const std::int64_t i : elements_of(test)) ++of_test[labels(i)];
  CHECK(of_train == std::map<int, int>{{0, 32}, {1, 40}, {7, 8}});
  CHECK(of_test == std::map<int, int>{{0, 8}, {1, 10}, {7, 2}});
  CHECK_FALSE(std::ranges::is_sorted(train.numbers()));
  CHECK(message_of<ShapeError>([&] {
          data::stratified_split(set, Tensor<std::uint8_t>({99}), {0.5, 0.5});
        }) == "stratified_split: labels [99] do not fit, expected [100]");
}

TEST_CASE("Subset: is a data set for loaders, within which numbers count anew") {
  const auto set = counted(10);
  const data::Subset subset(set, {8, 3, 8});
  data::Loader loader(subset, {.batch_size = 2});
  std::vector<std::int64_t> seen;
  for (const auto& batch : loader)
    for (const std::int64_t element : std::get<0>(batch).elements()) seen.push_back(element);
  CHECK(seen == std::vector<std::int64_t>{8, 3, 8});
  CHECK(message_of<ValueError>([&] { subset.gather(std::vector<Index>{3}); }) == "Subset: element 3 wanted of 3");
  CHECK(message_of<ValueError>([&] { data::Subset(set, {10}); }) == "Subset: element 10 wanted of 10");
}

TEST_CASE("splits: parts that are not the whole are refused") {
  const auto set = counted(10);
  CHECK(message_of<ValueError>([&] {
          data::random_split(set, {0.5, 0.6});
        }) == "random_split: fractions have the sum 1.1, expected 1");
  CHECK(message_of<ValueError>([&] {
          data::random_split(set, {-0.5, 1.5});
        }) == "random_split: parts must be at least 0, got -0.5");
  CHECK(message_of<ValueError>([&] {
          data::random_split(set, {std::nan(""), 1.0});
        }) == "random_split: parts must be at least 0, got nan");
  CHECK(message_of<ValueError>([&] {
          data::ordered_split(set, {-1, 11});
        }) == "ordered_split: parts must be at least 0, got -1");
  CHECK(message_of<ValueError>([&] {
          data::ordered_split(set, {8, 3});
        }) == "ordered_split: parts have more elements than the data set, which has 10");
  CHECK(message_of<ValueError>([&] {
          data::ordered_split(set, {8, 1});
        }) == "ordered_split: parts have 9 elements, the data set has 10");
}
