#include <latent/data/augmented.hpp>
#include <latent/data/split.hpp>
#include <latent/data/tensor_dataset.hpp>
#include <numeric>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

Tensor<float> augmented_once(const Tensor<float>& images, const data::AugmentOptions& options, Index epoch = 0) {
  std::vector<Index> numbers(static_cast<std::size_t>(images.size(0)));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  return data::augment(images, options, numbers, epoch);
}

/// Whether y is x moved down and right, where `fill` comes in.
bool is_shifted(const Tensor<float>& x, const Tensor<float>& y, Index image, Index down, Index right, float fill) {
  for (Index i = 0; i < y.size(1); ++i)
    for (Index j = 0; j < y.size(2); ++j)
      for (Index c = 0; c < y.size(3); ++c) {
        const Index h = i - down, w = j - right;
        const bool inside = 0 <= h && h < x.size(1) && 0 <= w && w < x.size(2);
        if (y(image, i, j, c) != (inside ? x(image, h, w, c) : fill)) return false;
      }
  return true;
}

}  // namespace

TEST_CASE("augment: flips exchange left and right, top and bottom, with the given probability") {
  const auto x = reference::random<float>({400, 3, 4, 2}, 1);
  const auto all = augmented_once(x, {.horizontal_flip = 1, .vertical_flip = 1});
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 4; ++j)
      for (Index c = 0; c < 2; ++c) CHECK(all(7, i, j, c) == x(7, 2 - i, 3 - j, c));
  CHECK(reference::identical(augmented_once(x, {}), x));
  const auto some = augmented_once(x, {.horizontal_flip = 0.3});
  int flipped = 0;
  for (Index n = 0; n < 400; ++n) {
    const bool is_flipped = some(n, 1, 0, 0) == x(n, 1, 3, 0);
    CHECK(some(n, 2, 1, 1) == x(n, 2, is_flipped ? 2 : 1, 1));
    flipped += is_flipped;
  }
  CHECK(flipped > 90);  // 120 +- 9
  CHECK(flipped < 150);
}

TEST_CASE("augment: padding without a crop shifts, each way alike") {
  const auto x = reference::random<float>({500, 5, 5, 1}, 2);
  const auto y = augmented_once(x, {.padding = 2, .fill = 7});
  CHECK(y.shape() == x.shape());
  std::map<Index, int> seen;
  for (Index n = 0; n < 500; ++n) {
    int found = 0;
    for (Index down = -2; down <= 2; ++down)
      for (Index right = -2; right <= 2; ++right)
        if (is_shifted(x, y, n, down, right, 7)) {
          ++seen[down * 10 + right];
          ++found;
        }
    CHECK(found == 1);
  }
  CHECK(seen.size() == 25);  // 20 times each
  for (const auto& entry : seen) CHECK(entry.second < 45);
}

TEST_CASE("augment: a crop has its size, from any place") {
  const auto x = reference::random<float>({100, 4, 6, 3}, 3);
  const auto y = augmented_once(x, {.crop = {3, 4}});
  CHECK(y.shape() == Shape{100, 3, 4, 3});
  std::map<Index, int> seen;
  for (Index n = 0; n < 100; ++n)
    for (Index top = 0; top <= 1; ++top)
      for (Index left = 0; left <= 2; ++left) seen[top * 10 + left] += is_shifted(x, y, n, -top, -left, 0);
  CHECK(seen.size() == 6);
  for (const auto& entry : seen) CHECK(entry.second > 4);
  CHECK(augmented_once(x, {.padding = 3, .crop = {10, 12}}).shape() == Shape{100, 10, 12, 3});
}

TEST_CASE("augment: noise has mean 0 and the given deviation, and is another for each image and epoch") {
  const Tensor<float> x({50, 10, 10, 2});
  const auto noise = augmented_once(x, {.noise = 0.5});
  double mean = 0, variance = 0;
  for (const float v : noise.elements()) mean += v / 10'000.0, variance += v * v / 10'000.0;
  CHECK(std::abs(mean) < 0.02);
  CHECK(variance == doctest::Approx(0.25).epsilon(0.05));
  CHECK(noise(0, 0, 0, 0) != noise(1, 0, 0, 0));
  CHECK(augmented_once(x, {.noise = 0.5}, 1)(0, 0, 0, 0) != noise(0, 0, 0, 0));
  CHECK(augmented_once(x, {.noise = 0.5, .seed = 1})(0, 0, 0, 0) != noise(0, 0, 0, 0));
  CHECK(reference::identical(augmented_once(x, {.noise = 0.5}), noise));
}

TEST_CASE("Augmented: an element depends on its number and the epoch alone, not on batch, order or threads") {
  const data::TensorDataset plain(reference::random<float>({40, 16, 16, 3}, 4), Tensor<std::uint8_t>({40}));
  const data::Augmented set(plain, {.horizontal_flip = 0.5, .padding = 2, .noise = 0.1, .seed = 5});
  const auto epochs_of = [&](Index batch_size, bool shuffle) {
    data::Loader loader(set, {.batch_size = batch_size, .shuffle = shuffle, .seed = 6});
    std::vector<std::vector<double>> epochs(2);
    for (auto& sums : epochs) {
      for (const auto& [x, y] : loader)
        for (Index i = 0; i < y.size(0); ++i) sums.push_back(kernels::sum(768, x.data() + i * 768));
      std::ranges::sort(sums);
    }
    return epochs;
  };
  set_threads(1);
  const auto expected = epochs_of(1, false);
  set_threads(4);
  CHECK(epochs_of(16, true) == expected);
  set_threads(0);
  CHECK(expected[0] != expected[1]);
  CHECK(std::get<0>(set.gather(std::vector<Index>{3}, 1))(0, 5, 5, 0) ==
        std::get<0>(set.gather(std::vector<Index>{9, 3}, 1))(1, 5, 5, 0));
  const data::Subset part(set, {9, 3});  // within a subset, too
  CHECK(std::get<0>(part.gather(std::vector<Index>{1}, 1))(0, 5, 5, 0) ==
        std::get<0>(set.gather(std::vector<Index>{3}, 1))(0, 5, 5, 0));
}

TEST_CASE("Augmented: an epoch that is gone on with has the same images") {
  const data::ImageDataset plain{Tensor<std::uint8_t>::full({12, 4, 4}, 100), {}, {}};
  const data::Augmented set(plain, {.noise = 0.1});
  data::Loader loader(set, {.batch_size = 5, .shuffle = true}), other(set, {.batch_size = 5, .shuffle = true});
  for (const auto& batch : loader) CHECK(batch.size() > 0);
  auto it = loader.begin();  // the second epoch
  ++it;
  std::vector<std::int64_t> state;
  const auto save = [&](const char*, const auto& value, const auto&) { state.push_back(value); };
  loader.visit(save);
  std::size_t next = 0;
  other.visit([&](const char*, const auto&, const auto& set_it) { set_it(static_cast<Index>(state[next++])); });
  ++it;
  CHECK(reference::identical((*other.begin()).images, (*it).images));
}

TEST_CASE("augment: options and images that do not fit are named") {
  const Tensor<float> x({2, 4, 4, 1});
  const auto error = [&](const data::AugmentOptions& options) {
    return message_of<ValueError>([&] { augmented_once(x, options); });
  };
  CHECK(error({.horizontal_flip = 1.5}) == "augment: probabilities of flips must be in [0, 1], got 1.5 and 0");
  CHECK(error({.padding = -1}) ==
        "augment: padding, crop and noise must be at least 0, got padding -1, crop 0, noise 0");
  CHECK(error({.padding = Index{1} << 40}).find("augment: padding must be at most") == 0);
  CHECK(message_of<ShapeError>([&] {
          augmented_once(x, {.padding = 1, .crop = {7, 6}});
        }) == "augment: crop {7, 6} is larger than images [2, 4, 4, 1] with padding 1");
  CHECK(message_of<ShapeError>([&] { data::augment(x, {}, std::vector<Index>{1}, 0); }) ==
        "augment: 1 numbers for images [2, 4, 4, 1]");
  CHECK(message_of<ShapeError>([&] {
          augmented_once(Tensor<float>({2, 4}), {});
        }) == "augment: images [N, H, W, C] expected, got shape [2, 4]");
}
