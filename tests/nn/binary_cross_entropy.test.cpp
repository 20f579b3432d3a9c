#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("binary_cross_entropy: values by hand, logarithms bounded") {
  const Variable<double> x(Tensor<double>({2, 2}, {0.25, 0.25, 0, 1})), t(Tensor<double>({2, 2}, {1, 0.5, 1, 0}));
  const Tensor<double> each = binary_cross_entropy(x, t, {.reduction = Reduction::none}).value();
  const double middle = -(std::log(0.25) + std::log(0.75)) / 2;
  CHECK(reference::difference(each, Tensor<double>({2, 2}, {std::log(4.0), middle, 100, 100})) < 1e-15);
  CHECK(binary_cross_entropy(x, t, {.reduction = Reduction::sum}).item() ==
        doctest::Approx(std::log(4.0) + middle + 200));
  CHECK(binary_cross_entropy(x, t, {.weight = Tensor<double>({2, 1}, {1, 0})}).item() ==
        doctest::Approx((std::log(4.0) + middle) / 4));
}

TEST_CASE("binary_cross_entropy_with_logits: that of the sigmoid, right for large and small logits") {
  const Variable<double> x(Tensor<double>({2, 2}, {0.5, -2, 1, 3})), t(Tensor<double>({2, 2}, {1, 0.25, 0, 0.5}));
  const Tensor<double> weight({2}, {2, 0.5}), pos_weight({2, 1}, {3, 0.5});
  CHECK(binary_cross_entropy_with_logits(x, t).item() == doctest::Approx(binary_cross_entropy(sigmoid(x), t).item()));
  CHECK(binary_cross_entropy_with_logits(x, t, {.weight = weight}).item() ==
        doctest::Approx(binary_cross_entropy(sigmoid(x), t, {.weight = weight}).item()));
  double expected = 0;
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 2; ++j) {
      const double p = 1 / (1 + std::exp(-x.value()(i, j))), target = t.value()(i, j);
      expected -= weight(j) * (pos_weight(i, 0) * target * std::log(p) + (1 - target) * std::log(1 - p));
    }
  CHECK(
      binary_cross_entropy_with_logits(x, t, {.weight = weight, .reduction = Reduction::sum, .pos_weight = pos_weight})
          .item() == doctest::Approx(expected));
  const Variable<float> far(Tensor<float>({4}, {1000, -1000, 30, -30})), one(Tensor<float>::full({4}, 1));
  const Tensor<float> losses = binary_cross_entropy_with_logits(far, one, {.reduction = Reduction::none}).value();
  CHECK(losses(0) == 0);
  CHECK(losses(1) == 1000);
  CHECK(static_cast<double>(losses(2)) == doctest::Approx(std::exp(-30.0)));
  CHECK(losses(3) == 30);
}

TEST_CASE("binary_cross_entropy: gradients match finite differences, with all options") {
  const auto x = input({2, 3}, 1, 0.1, 0.9), t = input({2, 3}, 2, 0.1, 0.9), logits = input({2, 3}, 3, -3, 3);
  const auto weight = reference::random<double>({3}, 4, 0.5, 2),
             pos_weight = reference::random<double>({2, 1}, 5, 0.5, 2);
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    check_gradients([=](In v) { return binary_cross_entropy(v[0], v[1], {.reduction = reduction}); }, {x, t});
    check_gradients([&](In v) { return binary_cross_entropy(v[0], v[1], {.weight = weight, .reduction = reduction}); },
                    {x, t});
    check_gradients([=](In v) { return binary_cross_entropy_with_logits(v[0], v[1], {.reduction = reduction}); },
                    {logits, t});
    check_gradients(
        [&](In v) {
          return binary_cross_entropy_with_logits(v[0], v[1],
                                                  {.weight = weight, .reduction = reduction, .pos_weight = pos_weight});
        },
        {logits, t});
  }
}

TEST_CASE("binary_cross_entropy: an empty batch") {
  const Variable<float> x(Tensor<float>({0, 3}), true);
  CHECK(std::isnan(binary_cross_entropy(x, x).item()));
  CHECK(
      binary_cross_entropy_with_logits(x, x, {.reduction = Reduction::sum, .pos_weight = Tensor<float>({3})}).item() ==
      0);
  CHECK(binary_cross_entropy(x, x, {.reduction = Reduction::none}).shape() == Shape{0, 3});
}

TEST_CASE("binary_cross_entropy: what does not fit, and what is no probability, is refused") {
  const Variable<float> x(Tensor<float>({2, 3}));
  CHECK(message_of<ShapeError>([&] { binary_cross_entropy(x, Tensor<float>({3})); }) ==
        "binary_cross_entropy: input [2, 3] does not fit target [3]");
  CHECK(message_of<ShapeError>([&] { binary_cross_entropy_with_logits(x, Tensor<float>({3})); }) ==
        "binary_cross_entropy_with_logits: input [2, 3] does not fit target [3]");
  CHECK(message_of<ShapeError>([&] { binary_cross_entropy(x, x, {.weight = Tensor<float>({2})}); }) ==
        "binary_cross_entropy: weight [2] does not broadcast to input [2, 3]");
  CHECK(message_of<ShapeError>([&] {
          binary_cross_entropy_with_logits(x, x, {.pos_weight = Tensor<float>({4, 2, 3})});
        }) == "binary_cross_entropy_with_logits: pos_weight [4, 2, 3] does not broadcast to input [2, 3]");
  for (const float bad : {-0.5f, 1.5f, std::numeric_limits<float>::quiet_NaN()}) {
    Tensor<float> changed({2, 3});
    changed(1, 2) = bad;
    const std::string number = message(bad);
    CHECK(message_of<ValueError>([&] { binary_cross_entropy(Variable<float>(changed), x); }) ==
          "binary_cross_entropy: input [1, 2] is " + number + ", expected 0 to 1");
    CHECK(message_of<ValueError>([&] { binary_cross_entropy(x, changed); }) ==
          "binary_cross_entropy: target [1, 2] is " + number + ", expected 0 to 1");
  }
}
