#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("dropout: in training elements are 0 or x / (1 - p), in evaluation x itself") {
  Rng rng(1);
  const Variable<float> x(reference::random<float>({50, 70}, 1, 0.5, 1));
  const nn::Dropout layer({.p = 0.3});
  CHECK(layer(x).identity() == x.identity());
  const nn::Training mode(rng);
  const auto y = layer(x);
  Index dropped = 0;
  for (Index i = 0; i < x.numel(); ++i) {
    const float factor = y.value().elements()[i] / x.value().elements()[i];
    if (factor == 0)
      ++dropped;
    else
      CHECK(factor == doctest::Approx(1 / 0.7));
  }
  CHECK(std::abs(static_cast<double>(dropped) - 0.3 * 3500) < 4 * std::sqrt(3500 * 0.3 * 0.7));
  CHECK_FALSE(reference::identical(layer(x).value(), y.value()));  // the stream went on

  rng.seek(0);
  CHECK(reference::identical(layer(x).value(), y.value()));
  const nn::Evaluation evaluation;
  CHECK(layer(x).identity() == x.identity());
}

TEST_CASE("dropout: gradients go where elements were kept, without a record of them") {
  const auto x = input({3, 50}, 1);
  check_gradients(
      [](In v) {
        Rng rng(7, 2);
        rng.bits();
        return dropout(v[0], 0.4, rng);
      },
      {x});
  check_gradients(
      [](In v) {
        Rng rng(7, 2);
        return dropout2d(reshape(v[0], {2, 3, 5, 5}), 0.4, rng);
      },
      {x});
}

TEST_CASE("dropout: p of 0 and 1, infinite and empty x") {
  Rng rng(1);
  const float infinity = std::numeric_limits<float>::infinity();
  const Variable<float> x(Tensor<float>({3}, {1, -2, infinity}), true);
  CHECK(reference::identical(dropout(x, 0, rng).value(), x.value()));
  const auto y = dropout(x, 1, rng);
  CHECK(y.value()(0) == 0);
  CHECK(y.value()(1) == 0);
  CHECK(std::isnan(y.value()(2)));  // 0 times infinity, as in PyTorch
  sum(y).backward();
  CHECK(x.grad()(2) == 0);
  CHECK(dropout(Variable<float>(Tensor<float>({0, 4})), 0.5, rng).shape() == Shape{0, 4});
}

TEST_CASE("dropout2d: keeps or drops whole channels") {
  Rng rng(3);
  const nn::Dropout2d layer({.p = 0.5});
  const Variable<float> x(Tensor<float>::full({4, 3, 2, 5}, 1));
  CHECK(layer(x).identity() == x.identity());
  const nn::Training mode(rng);
  const auto y = layer(x);
  Index kept = 0;
  for (Index n = 0; n < 4; ++n)
    for (Index c = 0; c < 5; ++c) {
      const float first = y.value()(n, 0, 0, c);
      CHECK((first == 0 || first == 2));
      kept += first == 2;
      for (Index i = 0; i < 6; ++i) CHECK(y.value()(n, i / 2, i % 2, c) == first);
    }
  CHECK(kept > 0);
  CHECK(kept < 20);
}

TEST_CASE("dropout: refuses what is not a probability, and images that are none") {
  Rng rng(1);
  const Variable<float> x(Tensor<float>({2, 3}));
  CHECK(message_of<ValueError>([] { nn::Dropout({.p = 1.5}); }) == "Dropout: p must be in [0, 1], got 1.5");
  CHECK(message_of<ValueError>([] { nn::Dropout2d({.p = -0.5}); }) == "Dropout2d: p must be in [0, 1], got -0.5");
  CHECK(message_of<ValueError>([&] { dropout(x, std::nan(""), rng); }) == "dropout: p must be in [0, 1], got nan");
  CHECK(message_of<ValueError>([&] { dropout2d(x, 2, rng); }) == "dropout2d: p must be in [0, 1], got 2");
  CHECK(message_of<ShapeError>([&] { dropout2d(x, 0.5, rng); }) ==
        "dropout2d: x [2, 3] does not fit, expected x [N, H, W, C]");
  CHECK(message_of<ShapeError>([&] { nn::Dropout2d()(x); }) ==
        "Dropout2d: x [2, 3] does not fit, expected x [N, H, W, C]");
}
