#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("cross_entropy: values by hand, for every integer type of the target") {
  // Probabilities 1/4, 3/4 and 1/2, 1/2.
  const Variable<double> x(Tensor<double>({2, 2}, {0, std::log(3.0), 5, 5}));
  const double quarter = std::log(4.0), three = std::log(4.0 / 3), half = std::log(2.0);
  using doctest::Approx;
  CHECK(cross_entropy(x, Tensor<std::int64_t>({2}, {0, 1})).item() == Approx((quarter + half) / 2));
  CHECK(cross_entropy(x, Tensor<std::int32_t>({2}, {1, 1})).item() == Approx((three + half) / 2));
  CHECK(cross_entropy(x, Tensor<std::uint8_t>({2}, {1, 0})).item() == Approx((three + half) / 2));
  const Tensor<Index> target({2}, {0, 1});
  const Tensor<double> weight({2}, {1, 3});
  CHECK(cross_entropy(x, target, {.reduction = Reduction::sum}).item() == Approx(quarter + half));
  CHECK(cross_entropy(x, target, {.weight = weight}).item() == Approx((quarter + 3 * half) / 4));
  const Tensor<double> each = cross_entropy(x, target, {.weight = weight, .reduction = Reduction::none}).value();
  CHECK(each.shape() == Shape{2});
  CHECK(each(0) == Approx(quarter));
  CHECK(each(1) == Approx(3 * half));
  CHECK(cross_entropy(x, target, {.ignore_index = 1}).item() == Approx(quarter));
  CHECK(cross_entropy(x, target, {.label_smoothing = 0.5}).item() ==
        Approx((0.5 * quarter + 0.25 * (quarter + three) + half) / 2));
  CHECK(cross_entropy(x, Tensor<double>({2, 2}, {0.5, 0.5, 1, 0})).item() ==
        Approx((0.5 * quarter + 0.5 * three + half) / 2));
  CHECK(nll_loss(log_softmax(x), target, {.weight = weight}).item() == Approx((quarter + 3 * half) / 4));
}

TEST_CASE("cross_entropy: gradients match finite differences, with all options") {
  const Tensor<Index> target({2, 3}, {0, 4, 2, -100, 1, 4});
  const auto x = input({2, 3, 5}, 1, -2, 2), p = input({2, 3, 5}, 2, 0, 1);
  const auto weight = reference::random<double>({5}, 3, 0.5, 2);
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none})
    for (const double smoothing : {0.0, 0.25}) {
      check_gradients(
          [&](In v) { return cross_entropy(v[0], target, {.reduction = reduction, .label_smoothing = smoothing}); },
          {x});
      const CrossEntropyOptions<double> options{.weight = weight, .reduction = reduction, .label_smoothing = smoothing};
      check_gradients([&](In v) { return cross_entropy(v[0], target, options); }, {x});
      check_gradients([&](In v) { return cross_entropy(v[0], v[1], options); }, {x, p});
      check_gradients([&](In v) { return cross_entropy(v[0], v[1], {.reduction = reduction}) + sum(v[0] * v[1]); },
                      {x, p});
      check_gradients([&](In v) { return nll_loss(v[0], target, {.weight = weight, .reduction = reduction}); }, {x});
    }
  check_gradients([&](In v) { return square(cross_entropy(v[0], Tensor<Index>(Shape{}, {1}))); }, {input({4}, 4)});
}

TEST_CASE("cross_entropy: a mean over no target is NaN, its gradient zero") {
  const Variable<float> x(reference::random<float>({2, 3}, 1), true);
  const Tensor<int> none({2}, {-100, -100});
  for (const double smoothing : {0.0, 0.5}) {
    const auto loss = cross_entropy(x, none, {.label_smoothing = smoothing});
    CHECK(std::isnan(loss.item()));
    x.zero_grad();
    loss.backward();
    CHECK(reference::identical(x.grad(), Tensor<float>({2, 3})));
  }
  CHECK(std::isnan(nll_loss(x, none).item()));
  CHECK(cross_entropy(x, none, {.reduction = Reduction::sum}).item() == 0);
}

TEST_CASE("cross_entropy: an empty batch") {
  const Variable<float> x(Tensor<float>({0, 3}), true);
  const Tensor<std::uint8_t> target(Shape{0});
  CHECK(std::isnan(cross_entropy(x, target).item()));
  CHECK(std::isnan(cross_entropy(x, x.value()).item()));
  CHECK(cross_entropy(x, x.value(), {.reduction = Reduction::sum}).item() == 0);
  const auto losses = cross_entropy(x, target, {.reduction = Reduction::none});
  CHECK(losses.shape() == Shape{0});
  losses.backward(Tensor<float>(Shape{0}));
  CHECK(x.grad().shape() == Shape{0, 3});
}

TEST_CASE("cross_entropy: what does not fit is refused") {
  const Variable<float> x(Tensor<float>({2, 3, 4}));
  const Tensor<std::int64_t> target({2, 3});
  const auto place = [&](std::int64_t label) {
    Tensor<std::int64_t> changed = target;
    changed(1, 2) = label;
    return changed;
  };
  CHECK(message_of<ValueError>([&] { cross_entropy(x, place(4)); }) ==
        "cross_entropy: target [1, 2] is 4, expected 0 to 3, or -100 to be ignored");
  CHECK(message_of<ValueError>([&] { nll_loss(x, place(-1), {.ignore_index = 255}); }) ==
        "nll_loss: target [1, 2] is -1, expected 0 to 3, or 255 to be ignored");
  CHECK(message_of<ShapeError>([&] { cross_entropy(x, target.reshape({6})); }) ==
        "cross_entropy: target [6] does not fit input [2, 3, 4], expected class indices [2, 3]");
  CHECK(message_of<ShapeError>([&] {
          cross_entropy(Variable<float>(Tensor<float>({2, 0})), Tensor<int>({2}));
        }) == "cross_entropy: input [2, 0] does not fit, expected [.., C] with C at least 1");
  CHECK(message_of<ShapeError>([&] { nll_loss(x, target, {.weight = Tensor<float>({3})}); }) ==
        "nll_loss: weight [3] does not fit input [2, 3, 4], expected [4]");
  CHECK(message_of<ShapeError>([&] {
          cross_entropy(x, Tensor<float>({2, 4}));
        }) == "cross_entropy: probabilities [2, 4] do not fit input [2, 3, 4]");
  CHECK(message_of<ValueError>([&] { cross_entropy(x, x, {.ignore_index = 2}); }) ==
        "cross_entropy: ignore_index 2 given with probabilities, expected class indices");
  for (const double smoothing : {-0.5, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    const std::string text = message_of<ValueError>([&] { cross_entropy(x, target, {.label_smoothing = smoothing}); });
    CHECK(text.starts_with("cross_entropy: label_smoothing must be in [0, 1], got "));
  }
}
