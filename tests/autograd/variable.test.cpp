#include <thread>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("variable: gradients add up over uses and over backward passes") {
  const Variable<double> x(Tensor<double>({2}, {3, 4}), true);
  sum(x * x + x).backward();
  CHECK(x.grad()(0) == 7);
  CHECK(x.grad()(1) == 9);
  sum(x).backward();
  CHECK(x.grad()(0) == 8);
  x.zero_grad();
  CHECK(!x.grad().defined());
}

TEST_CASE("variable: a result used by several others collects all their gradients before it passes them on") {
  const Variable<double> x(Tensor<double>({1}, {2}), true);
  const Variable<double> y = x * x;      // 4
  const Variable<double> z = y * y + y;  // y^2 + y, dz/dy = 9, dz/dx = 9 * 4
  sum(z).backward();
  CHECK(x.grad()(0) == 36);
}

TEST_CASE("variable: leaves that were given the same gradient do not share what is added later") {
  const Variable<double> a(Tensor<double>({2}, {1, 2}), true), b(Tensor<double>({2}, {3, 4}), true);
  sum(a + b).backward();
  sum(reshape(a, {2, 1})).backward();
  CHECK(a.grad()(0) == 2);
  CHECK(b.grad()(0) == 1);
  const Tensor<double> upstream({2}, {5, 6});
  a.zero_grad();
  (a + b).backward(upstream);
  (a + a).backward(upstream);
  CHECK(a.grad()(1) == 18);
  CHECK(b.grad()(1) == 7);
  CHECK(upstream(1) == 6);
}

TEST_CASE("variable: only leaves keep gradients unless asked") {
  const Variable<double> x(Tensor<double>({1}, {2}), true);
  const Variable<double> y = x * 3.0, z = y * 5.0;
  y.retain_grad();
  z.backward();
  CHECK(x.grad()(0) == 15);
  CHECK(y.grad()(0) == 5);
  CHECK(!z.grad().defined());
}

TEST_CASE("variable: gradients of leaves can be replaced") {
  const Variable<double> x(Tensor<double>({2}, {3, 4}), true);
  sum(x * x).backward();
  x.set_grad(Tensor<double>({2}, {1, 2}));
  sum(x).backward();
  CHECK(reference::identical(x.grad(), Tensor<double>({2}, {2, 3})));
  x.set_grad(x.grad() * 0.5);
  CHECK(x.grad() == Tensor<double>({2}, {1, 1.5}));
  CHECK(message_of<ShapeError>([&] { x.set_grad(Tensor<double>({3})); }) == "set_grad: shape [3] given, expected [2]");
  CHECK(message_of<Error>([&] { (x * x).set_grad(Tensor<double>({2})); }) ==
        "set_grad: only a leaf can be changed, this is the result of *");
}

TEST_CASE("variable: a frozen leaf gets no gradient until it is thawed") {
  const Variable<double> x(Tensor<double>({1}, {2}), true), y(Tensor<double>({1}, {3}), true);
  (x * y).backward();
  x.set_requires_grad(false);
  CHECK(!x.grad().defined());
  (x * y).backward();
  CHECK(!x.grad().defined());
  CHECK(y.grad()(0) == 4);
  x.set_requires_grad(true);
  (x * y).backward();
  CHECK(x.grad()(0) == 3);
  CHECK(message_of<Error>([&] { (x * y).set_requires_grad(false); }) ==
        "set_requires_grad: only a leaf can be changed, this is the result of *");
}

TEST_CASE("variable: nothing is recorded without need") {
  const Variable<float> x(Tensor<float>({2}, {1, 2}), true), constant(Tensor<float>({2}, {3, 4}));
  CHECK((x * constant).requires_grad());
  CHECK(!(x * constant).is_leaf());
  CHECK(x.is_leaf());
  CHECK((constant * constant).is_leaf());
  CHECK(!(constant * constant).requires_grad());
  CHECK(!x.detach().requires_grad());
  {
    const NoGrad no_grad;
    CHECK(!(x * x).requires_grad());
    std::jthread([&] { CHECK((x * x).requires_grad()); }).join();
  }
  CHECK((x * x).requires_grad());
  sum(x * constant).backward();
  CHECK(!constant.grad().defined());
}

TEST_CASE("variable: backward needs one element, or an upstream gradient of the result's shape") {
  const Variable<double> x(Tensor<double>({2}, {3, 4}), true);
  const Variable<double> y = x * x;
  CHECK(message_of<ShapeError>([&] { y.backward(); }) ==
        "backward: a result of shape [2] needs an upstream gradient; without one it must have one element");
  CHECK(message_of<ShapeError>([&] { y.backward(Tensor<double>({3})); }) ==
        "backward: upstream gradient of shape [3], expected [2]");
  y.backward(Tensor<double>({2}, {0, 10}));
  CHECK(x.grad()(0) == 0);
  CHECK(x.grad()(1) == 80);
  CHECK(message_of<Error>([&] { y.backward(Tensor<double>({2})); }) ==
        "backward: the record of * was already released by an earlier backward()");
  CHECK(message_of<Error>([] { Variable<double>(Tensor<double>({1})).backward(); }) ==
        "backward: the result does not depend on any variable that requires a gradient");
  CHECK(message_of<Error>([] { Variable<double>().value(); }) == "variable: used before it was given a value");
}

TEST_CASE("variable: changing a leaf between forward and backward does not spoil the gradient") {
  const Variable<double> x(Tensor<double>({1}, {2}), true), w(Tensor<double>({1}, {5}), true);
  const Variable<double> y = x * w;
  w.writable()[0] = 100;
  x.set_value(Tensor<double>({1}, {200}));
  y.backward();
  CHECK(x.grad()(0) == 5);
  CHECK(w.grad()(0) == 2);
  CHECK(message_of<Error>([&] { y.writable(); }) == "writable: only a leaf can be changed, this is the result of *");
  CHECK(message_of<ShapeError>([&] { x.set_value(Tensor<double>({2})); }) ==
        "set_value: shape [2] given, expected [1]");
}

TEST_CASE("variable: graphs deeper than the stack are walked and freed") {
  const Variable<float> x(Tensor<float>({1}, {1}), true);
  {
    Variable<float> y = x;
    for (int i = 0; i < 300000; ++i) y = y + 1.0f;
    y.backward();
    CHECK(x.grad()(0) == 1);
  }
  Variable<float> unused = x;
  for (int i = 0; i < 300000; ++i) unused = unused + 1.0f;
  CHECK(unused.item() == 300001);
}

TEST_CASE("variable: threads share a model without recording") {
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 8, .out = 16}, rng), nn::ReLU{}, nn::Linear({.in = 16, .out = 3}, rng)};
  const auto x = reference::random<float>({5, 8}, 1);
  const Tensor<float> expected = model(Variable<float>(x)).value();
  std::array<bool, 4> same{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < same.size(); ++t)
      threads.emplace_back([&, t] {
        const NoGrad no_grad;
        same[t] = true;
        for (int i = 0; i < 50; ++i)
          same[t] = same[t] && reference::identical(model(Variable<float>(x)).value(), expected);
      });
  }
  for (bool ok : same) CHECK(ok);
}
