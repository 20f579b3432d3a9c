#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("group_norm: mean and deviation of each group of each sample are 0 and 1") {
  const nn::GroupNorm<double> layer({.groups = 2, .channels = 6});
  const Variable<double> x(reference::random<double>({3, 4, 5, 6}, 1, 7, 9));
  const auto y = layer(x);
  for (Index n = 0; n < 3; ++n)
    for (Index g = 0; g < 2; ++g) {
      double sum = 0, squares = 0;
      for (Index i = 0; i < 20; ++i)
        for (Index c = 3 * g; c < 3 * g + 3; ++c) {
          const double v = y.value()(n, i / 5, i % 5, c);
          sum += v;
          squares += v * v;
        }
      CHECK(std::abs(sum) < 1e-10);
      CHECK(squares / 60 == doctest::Approx(1).epsilon(1e-3));
    }
}

TEST_CASE("group_norm: gradients of several groupings, and behind an activation") {
  const auto weight = input({4}, 2), bias = input({4}, 3);
  for (Index groups : {1, 2, 4}) {
    check_gradients([=](In v) { return group_norm(v[0], groups, v[1], v[2], 1e-3); },
                    {input({2, 2, 3, 4}, 1), weight, bias});
    check_gradients([=](In v) { return group_norm(v[0], groups, v[1], v[2], 1e-3, Activation::tanh); },
                    {input({2, 3, 4}, 1), weight, bias});
  }
  check_gradients([](In v) { return group_norm(v[0], 2); }, {input({3, 6}, 1)});
}

TEST_CASE("group_norm: empty batches") {
  const nn::GroupNorm<float> layer({.groups = 2, .channels = 4});
  const Variable<float> x(Tensor<float>({0, 3, 3, 4}), true);
  sum(layer(x)).backward();
  CHECK(reference::identical(layer.weight.grad(), Tensor<float>({4})));
}

TEST_CASE("group_norm: refuses options and shapes that do not fit") {
  CHECK(message_of<ValueError>([] { nn::GroupNorm<float>({.groups = 2, .channels = 3}); }) ==
        "GroupNorm: groups must be at least 1 and divide channels, got groups 2 and channels 3");
  CHECK(message_of<ValueError>([] { nn::GroupNorm<float>({.groups = 1, .channels = 3, .eps = -1}); }) ==
        "GroupNorm: eps must be at least 0, got -1");
  const Variable<float> x(Tensor<float>({1, 3})), wrong(Tensor<float>({2}));
  CHECK(message_of<ShapeError>([&] { nn::GroupNorm<float>({.groups = 1, .channels = 4})(x); }) ==
        "GroupNorm: x [1, 3] does not fit, expected x [N, .., 4]");
  CHECK(message_of<ShapeError>([&] { group_norm(wrong, 1); }) ==
        "group_norm: x [2] does not fit, expected x [N, .., C]");
  CHECK(message_of<ValueError>([&] { group_norm(x, 2); }) ==
        "group_norm: groups must divide the channels of x [1, 3], got 2");
  CHECK(message_of<ValueError>([&] { group_norm(x, 3); }) ==
        "group_norm: x [1, 3] has one value per group, expected several, whose variance is taken");
  CHECK(message_of<ShapeError>([&] { group_norm(x, 1, wrong); }) ==
        "group_norm: weight [2] does not fit, expected [3]");
  CHECK(message_of<ShapeError>([&] { group_norm(x, 1, {}, wrong); }) ==
        "group_norm: bias [2] does not fit, expected [3]");
}
