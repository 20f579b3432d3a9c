#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("gaussian_nll_loss: minus the logarithm of the normal density") {
  const Variable<double> x(Tensor<double>({2}, {1, 0})), t(Tensor<double>({2}, {3, 0.5})),
      var(Tensor<double>({2}, {4, 0.25}));
  double expected = 0;
  for (Index i = 0; i < 2; ++i) {
    const double d = x.value()(i) - t.value()(i), v = var.value()(i);
    expected -= std::log(std::exp(-d * d / (2 * v)) / std::sqrt(2 * std::acos(-1.0) * v));
  }
  CHECK(gaussian_nll_loss(x, t, var, {.full = true, .reduction = Reduction::sum}).item() == doctest::Approx(expected));
  CHECK(gaussian_nll_loss(x, t, var).item() == doctest::Approx((expected - std::log(2 * std::acos(-1.0))) / 2));
  CHECK(gaussian_nll_loss(x, x, Tensor<double>({2}), {.eps = 0.5}).item() == doctest::Approx(std::log(0.5) / 2));
}

TEST_CASE("gaussian_nll_loss: gradients match finite differences, with one variance for several losses too") {
  const auto x = input({2, 3}, 1), t = input({2, 3}, 2);
  for (const Shape& shape : {Shape{2, 3}, Shape{2, 1}, Shape{1, 3}, Shape{2}})
    for (const Reduction reduction : {Reduction::mean, Reduction::none})
      check_gradients([=](In v) { return gaussian_nll_loss(v[0], v[1], v[2], {.full = true, .reduction = reduction}); },
                      {x, t, input(shape, 3, 0.5, 2)});
  const Variable<double> small(Tensor<double>::full({2, 3}, 1e-9), true);
  gaussian_nll_loss(x, x, small, {.eps = 0.25, .reduction = Reduction::sum}).backward();
  CHECK(small.grad()(0, 0) == 2);  // that of log(v) / 2 at eps
}

TEST_CASE("gaussian_nll_loss: what does not fit is refused") {
  const Variable<float> x(Tensor<float>({2, 3}));
  Tensor<float> var({2, 3});
  var(1, 0) = -0.5f;
  CHECK(message_of<ShapeError>([&] { gaussian_nll_loss(x, Tensor<float>({3}), x); }) ==
        "gaussian_nll_loss: input [2, 3] does not fit target [3]");
  for (const Shape& shape : {Shape{3}, Shape{1, 1}, Shape{2, 2}, Shape{}})
    CHECK(message_of<ShapeError>([&] { gaussian_nll_loss(x, x, Tensor<float>(shape)); }) ==
          message("gaussian_nll_loss: var ", shape,
                  " does not fit input [2, 3], expected the same, one axis of size 1, or no last axis"));
  CHECK(message_of<ValueError>([&] { gaussian_nll_loss(x, x, var); }) ==
        "gaussian_nll_loss: var [1, 0] is -0.5, expected at least 0");
  CHECK(message_of<ValueError>([&] { gaussian_nll_loss(x, x, x, {.eps = -1}); }) ==
        "gaussian_nll_loss: eps must be at least 0, got -1");
}
