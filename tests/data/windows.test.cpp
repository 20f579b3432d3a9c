#include <latent/data/loader.hpp>
#include <latent/data/windows.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("Windows: each is a piece of the series, and its target what follows") {
  const auto series = reference::random<float>({23, 2}, 1);
  const data::Windows windows(series, {.window = 5, .stride = 3, .horizon = 2});
  CHECK(windows.size() == 6);                       // from 0, 3, .. 15, which ends with 22
  CHECK(windows.series().data() == series.data());  // no copy
  const std::vector<Index> numbers{5, 0, 2};
  const auto batch = windows.gather(numbers);
  CHECK(batch.size() == 3);
  CHECK(batch.x.shape() == Shape{3, 5, 2});
  CHECK(batch.y.shape() == Shape{3, 2, 2});
  for (Index i = 0; i < 3; ++i)
    for (Index c = 0; c < 2; ++c) {
      const Index begin = 3 * numbers[static_cast<std::size_t>(i)];
      for (Index t = 0; t < 5; ++t) CHECK(batch.x(i, t, c) == series(begin + t, c));
      for (Index t = 0; t < 2; ++t) CHECK(batch.y(i, t, c) == series(begin + 5 + t, c));
    }
}

TEST_CASE("Windows: one channel without an axis, no target, and a window as long as the series") {
  const Tensor<double> series({6}, {0, 1, 2, 3, 4, 5});
  const data::Windows windows(series, {.window = 4});
  CHECK(windows.size() == 3);
  data::Loader loader(windows, {.batch_size = 3});
  for (const auto& [x, y] : loader) {
    CHECK(x.shape() == Shape{3, 4});
    CHECK(x(2, 3) == 5);
    CHECK_FALSE(y.defined());
  }
  CHECK(data::Windows(series, {.window = 6}).size() == 1);
  CHECK(data::Windows(series, {.window = 1, .stride = 100}).size() == 1);
}

TEST_CASE("Windows: options and series that do not fit are named") {
  const Tensor<float> series({5, 2});
  CHECK(message_of<ShapeError>([&] { data::Windows(series, {.window = 4, .horizon = 2}); }) ==
        "Windows: series [5, 2] does not fit, expected [T, ..] of at least 4 steps and 2 behind them");
  CHECK(message_of<ShapeError>([&] { data::Windows(Tensor<float>(Shape{}), {.window = 4}); }) ==
        "Windows: series [] does not fit, expected [T, ..] of at least 4 steps and 0 behind them");
  CHECK(message_of<ValueError>([&] { data::Windows(series, {.stride = 2}); }) ==
        "Windows: window and stride must be at least 1 and horizon at least 0, got window 0, stride 2, horizon 0");
  CHECK(message_of<ValueError>([&] { data::Windows(series, {.window = 2}).gather(std::vector<Index>{4}); }) ==
        "Windows: element 4 wanted of 4");
}
