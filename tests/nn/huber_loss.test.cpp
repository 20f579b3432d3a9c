#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("huber_loss and smooth_l1_loss: values by hand on both sides of the corner") {
  const Variable<float> x(Tensor<float>({4}, {1, -1, 3, 0})), t(Tensor<float>({4}));
  const auto none = Reduction::none;
  CHECK(reference::identical(huber_loss(x, t, {none, 2}).value(), Tensor<float>({4}, {0.5f, 0.5f, 4, 0})));
  CHECK(reference::identical(smooth_l1_loss(x, t, {none, 2}).value(), Tensor<float>({4}, {0.25f, 0.25f, 2, 0})));
  CHECK(huber_loss(x, t).item() == 0.875f);
  CHECK(smooth_l1_loss(x, t, {.reduction = Reduction::sum}).item() == 3.5f);
  CHECK(
      reference::identical(smooth_l1_loss(x, t, {.reduction = none, .beta = 0}).value(), l1_loss(x, t, none).value()));
}

TEST_CASE("huber_loss and smooth_l1_loss: gradients match finite differences") {
  const auto x = input({3, 5}, 1, -2, 2), t = input({3, 5}, 2);
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    check_gradients([=](In v) { return huber_loss(v[0], v[1], {reduction, 0.7}); }, {x, t});
    check_gradients([=](In v) { return smooth_l1_loss(v[0], v[1], {reduction, 0.7}); }, {x, t});
  }
}

TEST_CASE("huber_loss and smooth_l1_loss: options and shapes that do not fit are refused") {
  const Variable<float> x(Tensor<float>({2, 3}));
  CHECK(message_of<ValueError>([&] { huber_loss(x, x, {.delta = 0}); }) == "huber_loss: delta must be above 0, got 0");
  CHECK(message_of<ValueError>([&] { smooth_l1_loss(x, x, {.beta = -1}); }) ==
        "smooth_l1_loss: beta must be at least 0, got -1");
  CHECK(message_of<ShapeError>([&] { huber_loss(x, Tensor<float>({3})); }) ==
        "huber_loss: input [2, 3] does not fit target [3]");
  CHECK(message_of<ShapeError>([&] { smooth_l1_loss(x, Tensor<float>({3}), {.beta = 0}); }) ==
        "smooth_l1_loss: input [2, 3] does not fit target [3]");
}
