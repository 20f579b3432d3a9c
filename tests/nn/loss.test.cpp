#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("losses: values and gradients") {
  const auto a = input({3, 5}, 1), b = input({3, 5}, 2);
  for (Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    CHECK(gradcheck([&](In v) { return mse_loss(v[0], v[1], reduction); }, {a, b}).ok);
    CHECK(gradcheck([&](In v) { return l1_loss(v[0], v[1], reduction); }, {a, b}).ok);
  }
  CHECK(gradcheck([](In v) { return kl_unit_normal(v[0], v[1]); }, {a, b}).ok);
  CHECK(gradcheck([](In v) { return square(mse_loss(v[0], v[1])); }, {a, b}).ok);

  const Variable<float> x(Tensor<float>({1, 2}, {1, 4})), y(Tensor<float>({1, 2}, {3, 1}));
  CHECK(mse_loss(x, y).item() == 6.5f);
  CHECK(mse_loss(x, y, Reduction::sum).item() == 13);
  CHECK(l1_loss(x, y).item() == 2.5f);
  CHECK(reference::identical(mse_loss(x, y, Reduction::none).value(), Tensor<float>({1, 2}, {4, 9})));
  CHECK(reference::identical(l1_loss(x, y, Reduction::none).value(), Tensor<float>({1, 2}, {2, 3})));
  // For one unit: (mean^2 + variance - 1 - log variance) / 2; two images, summed over units, averaged over images.
  const Variable<double> mean(Tensor<double>({2, 2}, {1, 0, 2, 0})),
      log_variance(Tensor<double>({2, 2}, {0, 0, std::log(4.0), 0}));
  CHECK(kl_unit_normal(mean, log_variance).item() == doctest::Approx((0.5 + (4 + 4 - 1 - std::log(4.0)) / 2) / 2));
  const Variable<double> zero(Tensor<double>({3, 4}));
  CHECK(kl_unit_normal(zero, zero).item() == 0);
  CHECK(message_of<ShapeError>([&] {
          mse_loss(x, Variable<float>(Tensor<float>({2, 1})));
        }) == "mse_loss: input [1, 2] does not fit target [2, 1]");
  CHECK(message_of<ShapeError>([&] { l1_loss(x, mean.value().cast<float>(), Reduction::none); }) ==
        "l1_loss: input [1, 2] does not fit target [2, 2]");
  CHECK(message_of<ShapeError>([&] { kl_unit_normal(mean, zero); }) ==
        "kl_unit_normal: mean [2, 2] does not fit log_variance [3, 4], expected both [N, Z]");
}

TEST_CASE_TEMPLATE("losses: a mean's gradient is finite where twice the difference is not", T, float, double) {
  const T huge = std::numeric_limits<T>::max() / 2 * T(1.5);
  const Variable<T> input(Tensor<T>({4}, {huge, 0, 0, 0}), true), target(Tensor<T>({4}), true);
  mse_loss(input, target).backward();
  CHECK(input.grad()(0) == huge / 2);
  CHECK(target.grad()(0) == -huge / 2);
  CHECK(input.grad()(1) == 0);
}

TEST_CASE_TEMPLATE("losses: a small difference times a huge upstream gradient is finite", T, float, double) {
  const T huge = std::numeric_limits<T>::max();
  const Variable<T> input(Tensor<T>({2}, {T(0.25), 0}), true), target(Tensor<T>({2}), true);
  mse_loss(input, target, Reduction::sum).backward(Tensor<T>::full({}, huge));
  CHECK(input.grad()(0) == huge / 2);
  CHECK(target.grad()(0) == -huge / 2);
  CHECK(input.grad()(1) == 0);
}

TEST_CASE("losses: take a tensor as target") {
  const Variable<float> input(Tensor<float>({2}, {1, 3}), true);
  const Tensor<float> target({2}, {0, 1});
  CHECK(mse_loss(input, target).item() == 2.5f);
  CHECK(l1_loss(input, target, Reduction::sum).item() == 3);
}
