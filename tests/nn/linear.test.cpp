#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("linear: gradients of x, weight and bias match finite differences") {
  for (const auto& [n, in, out] : {std::array<Index, 3>{1, 1, 1}, {3, 7, 5}, {9, 8, 17}}) {
    const GradcheckReport report = gradcheck([](In v) { return linear(v[0], v[1], v[2]); },
                                             {input({n, in}, 1), input({out, in}, 2), input({out}, 3)});
    INFO(report.text());
    CHECK(report.ok);
    CHECK(gradcheck([](In v) { return linear(v[0], v[1]); }, {input({n, in}, 1), input({out, in}, 2)}).ok);
  }
  CHECK(gradcheck([](In v) { return linear(v[0], v[1], v[2]); }, {input({2, 3, 4}, 1), input({5, 4}, 2), input({5}, 3)})
            .ok);
}

TEST_CASE("linear: one variable may be both x and weight") {
  const auto x = input({70, 70}, 1, -0.5, 0.5);
  const Tensor<double> dy = reference::random<double>({70, 70}, 2);
  set_threads(4);
  linear(x, x).backward(dy);
  set_threads(0);
  const Tensor<double> left = reference::matmul(dy, x.value()),
                       right = reference::matmul(reference::transposed(dy), x.value());
  for (Index i = 0; i < 70; ++i)
    for (Index j = 0; j < 70; ++j) CHECK(x.grad()(i, j) == doctest::Approx(left(i, j) + right(i, j)));
}

TEST_CASE("linear: multiplies the last axis by the transposed weight and adds the bias") {
  const Variable<float> x(Tensor<float>({1, 2, 2}, {1, 2, 3, 4})), w(Tensor<float>({3, 2}, {1, 0, 0, 1, 1, 1})),
      b(Tensor<float>({3}, {10, 20, 30}));
  const Tensor<float> y = linear(x, w, b).value();
  CHECK(y.shape() == Shape{1, 2, 3});
  CHECK(y(0, 1, 0) == 13);
  CHECK(y(0, 1, 1) == 24);
  CHECK(y(0, 1, 2) == 37);
}

TEST_CASE("linear: shapes that do not fit are named") {
  const Variable<float> x(Tensor<float>({32, 784})), w(Tensor<float>({2, 3}));
  CHECK(message_of<ShapeError>([&] { linear(x, w); }) ==
        "linear: x [32, 784] does not fit weight [2, 3], expected x [N, 3]");
  CHECK(message_of<ShapeError>([&] {
          linear(Variable<float>(Tensor<float>({4, 3})), w, x);
        }) == "linear: bias [32, 784] does not fit, expected [2]");
  Rng rng(1);
  CHECK(message_of<ValueError>([&] { nn::Linear({.in = 3}, rng); }) ==
        "Linear: in and out must be at least 1, got in 3 and out 0");
}

TEST_CASE("linear: begins as PyTorch's does, uniform in +-1 / sqrt(In)") {
  Rng rng(1);
  const nn::Linear layer({.in = 400, .out = 300}, rng);
  double largest = 0, square = 0;
  for (float w : layer.weight.value().elements()) {
    largest = std::max(largest, std::abs(static_cast<double>(w)));
    square += static_cast<double>(w) * static_cast<double>(w) / 120000;
  }
  CHECK(largest <= 0.05);
  CHECK(largest > 0.0499);
  CHECK(square == doctest::Approx(0.05 * 0.05 / 3).epsilon(0.01));
  for (float b : layer.bias.value().elements()) CHECK(std::abs(b) <= 0.05f);
  CHECK(!nn::Linear({.in = 4, .out = 3, .bias = false}, rng).bias);
}
