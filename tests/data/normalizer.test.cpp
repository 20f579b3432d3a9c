#include <latent/data/normalizer.hpp>
#include <latent/io/checkpoint.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {
constexpr double infinite = std::numeric_limits<double>::infinity();
const double missing = std::nan("");
}  // namespace

TEST_CASE("Normalizer: takes mean and standard deviation of each channel, and back") {
  const auto x = reference::random<double>({3, 5, 700, 4}, 1, -3, 8);
  const data::Normalizer<double> normalizer({.channels = 4});
  CHECK(reference::identical(normalizer.transform(x), x));  // before it was fitted
  normalizer.fit(x);
  const auto y = normalizer.transform(x);
  const double n = 3 * 5 * 700;
  for (Index c = 0; c < 4; ++c) {
    double mean = 0, variance = 0;
    for (Index i = 0; i < x.numel() / 4; ++i) mean += x.data()[i * 4 + c] / n;
    for (Index i = 0; i < x.numel() / 4; ++i) variance += std::pow(x.data()[i * 4 + c] - mean, 2) / n;
    CHECK(normalizer.shift.value()(c) == doctest::Approx(mean).epsilon(1e-12));
    CHECK(normalizer.scale.value()(c) == doctest::Approx(std::sqrt(variance)).epsilon(1e-12));
    CHECK(y(1, 2, 3, c) == doctest::Approx((x(1, 2, 3, c) - mean) / std::sqrt(variance)).epsilon(1e-12));
  }
  CHECK(reference::difference(normalizer.inverse(y), x) < 1e-14);
}

TEST_CASE("Normalizer: takes least and largest to 0 and 1") {
  const data::Normalizer<float> normalizer({.channels = 2, .scaling = data::Scaling::min_max});
  const Tensor<float> x({3, 2}, {1, -2, 5, 6, 2, 0});
  normalizer.fit(x);
  CHECK(std::ranges::equal(normalizer.transform(x).elements(), std::vector<float>{0, 0, 1, 1, 0.25f, 0.25f}));
  CHECK(std::ranges::equal(normalizer.inverse(Tensor<float>({1, 2}, {0.5f, 2})).elements(), std::vector<float>{3, 14}));
}

TEST_CASE("Normalizer: missing numbers are passed over, constant columns become 0, far ones do not overflow") {
  const Tensor<double> x({4, 4}, {1, 0.1, 1e200, missing,        //
                                  missing, 0.1, 3e200, missing,  //
                                  3, 0.1, 1e200, missing,        //
                                  missing, 0.1, 3e200, 5e-324});
  const data::Normalizer<double> normalizer({.channels = 4});
  normalizer.fit(x);
  CHECK(normalizer.shift.value()(0) == 2);
  CHECK(normalizer.scale.value()(0) == 1);
  CHECK(normalizer.shift.value()(1) == 0.1);
  CHECK(normalizer.scale.value()(1) == 1);
  CHECK(normalizer.scale.value()(2) == doctest::Approx(1e200));
  CHECK(normalizer.scale.value()(3) == 1);
  const auto y = normalizer.transform(x);
  CHECK(std::isnan(y(1, 0)));
  CHECK(y(2, 0) == 1);
  for (Index row = 0; row < 4; ++row) CHECK(y(row, 1) == 0);
  CHECK(y(1, 2) == doctest::Approx(1));
  const data::Normalizer<double> tiny({.channels = 1});
  tiny.fit(Tensor<double>({2, 1}, {1e-200, 3e-200}));
  CHECK(tiny.scale.value()(0) == doctest::Approx(1e-200).epsilon(1e-12));
}

TEST_CASE("Normalizer: has the same bits for any number of threads") {
  const auto x = reference::random<float>({50'000, 8}, 2);
  const data::Normalizer<float> one({.channels = 8}), four({.channels = 8});
  set_threads(1);
  one.fit(x);
  const auto y = one.transform(x);
  set_threads(4);
  four.fit(x);
  CHECK(reference::identical(one.shift.value(), four.shift.value()));
  CHECK(reference::identical(one.scale.value(), four.scale.value()));
  CHECK(reference::identical(y, four.transform(x)));
  set_threads(0);
}

TEST_CASE("Normalizer: is saved in checkpoints and with a model's weights") {
  const TemporaryFolder folder;
  const data::Normalizer<float> fitted({.channels = 2}), loaded({.channels = 2}), other({.channels = 2});
  fitted.fit(Tensor<float>({2, 2}, {1, 2, 3, 10}));
  io::save_state_dict(folder / "n.safetensors", fitted);
  io::load_state_dict(folder / "n.safetensors", loaded);
  CHECK(loaded.shift.value()(1) == 6);
  CHECK(loaded.scale.value()(1) == 4);
  io::save_checkpoint(folder / "c.safetensors", {{"normalizer", fitted}});
  io::load_checkpoint(folder / "c.safetensors", {{"normalizer", other}});
  CHECK(other.shift.value()(0) == 2);
  CHECK(other.scale.value()(0) == 1);
}

TEST_CASE("Normalizer: what does not fit is named, and leaves it as it was") {
  const data::Normalizer<double> normalizer({.channels = 2});
  const auto error = [&](const Tensor<double>& x) { return message_of<ValueError>([&] { normalizer.fit(x); }); };
  CHECK(message_of<ValueError>([] { data::Normalizer<float>({}); }) ==
        "Normalizer: channels must be at least 1, got 0");
  CHECK(message_of<ShapeError>([&] {
          normalizer.transform(Tensor<double>({4, 3}));
        }) == "Normalizer: x [4, 3] does not fit, expected x [.., 2]");
  CHECK(message_of<ShapeError>([&] { normalizer.fit(Tensor<double>(Shape{})); }) ==
        "Normalizer: x [] does not fit, expected x [.., 2]");
  CHECK(error(Tensor<double>({2, 2}, {1, missing, 2, missing})) == "Normalizer: channel 1 of x [2, 2] has no numbers");
  CHECK(error(Tensor<double>({0, 2})) == "Normalizer: channel 0 of x [0, 2] has no numbers");
  CHECK(error(Tensor<double>({2, 2}, {1, 3, 2, -infinite})) ==
        "Normalizer: channel 1 of x [2, 2] has infinite numbers");
  CHECK(normalizer.shift.value()(0) == 0);
}
