#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("kl_div: values by hand, with every reduction") {
  const double half = std::log(0.5), quarter = std::log(0.25), rest = std::log(0.75);
  const Variable<double> x(Tensor<double>({2, 2}, {half, half, half, half})),
      t(Tensor<double>({2, 2}, {0.25, 0.75, 0, 1}));
  const double first = 0.25 * (quarter - half), second = 0.75 * (rest - half), all = first + second - half;
  using R = KlDivReduction;
  CHECK(reference::difference(kl_div(x, t, {R::none}).value(), Tensor<double>({2, 2}, {first, second, 0, -half})) <
        1e-15);
  CHECK(kl_div(x, t).item() == doctest::Approx(all / 4));
  CHECK(kl_div(x, t, {R::batchmean}).item() == doctest::Approx(all / 2));
  CHECK(kl_div(x, t, {R::sum}).item() == doctest::Approx(all));
  const Variable<double> logarithms(Tensor<double>({2, 2}, {quarter, rest, quarter, rest}));
  CHECK(kl_div(x, logarithms, {.reduction = R::batchmean, .log_target = true}).item() ==
        doctest::Approx(first + second));
}

TEST_CASE("kl_div: gradients match finite differences") {
  const auto x = input({3, 4}, 1, -3, 0), t = input({3, 4}, 2, 0.1, 1), logarithms = input({3, 4}, 3, -3, 0);
  using R = KlDivReduction;
  for (const R reduction : {R::mean, R::batchmean, R::sum, R::none}) {
    check_gradients([=](In v) { return kl_div(v[0], v[1], {reduction}); }, {x, t});
    check_gradients([=](In v) { return kl_div(v[0], v[1], {reduction, true}); }, {x, logarithms});
  }
}

TEST_CASE("kl_div: gradients of large logarithms overflow only if their mean does") {
  Tensor<float> logarithms({100});
  logarithms(7) = 88;
  const Variable<float> x(Tensor<float>::full({100}, -19)), t(logarithms, true);
  kl_div(x, t, {.log_target = true}).backward();
  CHECK(static_cast<double>(t.grad()(7)) == doctest::Approx(std::exp(88.0) * 1.08));
  CHECK(t.grad()(0) == doctest::Approx(0.2));
}

TEST_CASE("kl_div: a scalar, an empty batch, other shapes") {
  const Variable<float> scalar(Tensor<float>::full({}, 1)), none(Tensor<float>({0, 3}));
  CHECK(kl_div(scalar, scalar, {KlDivReduction::batchmean}).item() == -1);
  CHECK(std::isnan(kl_div(none, none, {KlDivReduction::batchmean}).item()));
  CHECK(kl_div(none, none, {KlDivReduction::sum}).item() == 0);
  CHECK(message_of<ShapeError>([&] { kl_div(scalar, none); }) == "kl_div: input [] does not fit target [0, 3]");
}
