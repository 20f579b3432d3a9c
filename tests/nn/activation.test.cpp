#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("activations: values, gradients, NaN stays NaN") {
  for (const Shape& shape : {Shape{1}, Shape{3, 7}, Shape{2, 3, 3, 2}}) {
    const auto x = input(shape, 1, -3, 3);
    CHECK(gradcheck([](In v) { return relu(v[0]); }, {x}).ok);
    CHECK(gradcheck([](In v) { return sigmoid(v[0]); }, {x}).ok);
    CHECK(gradcheck([](In v) { return latent::tanh(v[0]); }, {x}).ok);
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Variable<float> x(Tensor<float>({4}, {-1, 0, 2, nan}), true);
  const Variable<float> y = nn::ReLU{}(x);
  CHECK(y.value()(0) == 0);
  CHECK(y.value()(2) == 2);
  CHECK(std::isnan(y.value()(3)));
  sum(y).backward();
  CHECK(x.grad()(0) == 0);
  CHECK(x.grad()(1) == 0);
  CHECK(x.grad()(2) == 1);
  CHECK(nn::Sigmoid{}(x).value()(1) == 0.5f);
  CHECK(nn::Tanh{}(x).value()(2) == doctest::Approx(0.9640276));
}

TEST_CASE("activations: a layer computes the one behind it, to the same values and gradients as one by itself") {
  Rng rng(1);
  const nn::Linear<double> linear({.in = 5, .out = 7}, rng);
  const nn::Conv2d<double> conv({.in = 2, .out = 3, .kernel = 3, .padding = 1}, rng);
  const nn::ConvTranspose2d<double> transposed({.in = 2, .out = 1, .kernel = 3, .stride = 2}, rng);
  const auto image = input({2, 4, 5, 2}, 2);
  const auto vector = input({4, 5}, 3);
  const auto agree = [](const auto& layer, const auto& activation, const Variable<double>& x) {
    const auto gradients = [&](const Variable<double>& y) {
      const auto upstream = reference::random<double>(y.shape(), 4);
      std::vector<Tensor<double>> result{y.value()};
      for (const Variable<double>& leaf : {x, layer.weight, layer.bias}) leaf.zero_grad();
      y.backward(upstream);
      for (const Variable<double>& leaf : {x, layer.weight, layer.bias}) result.push_back(leaf.grad());
      return result;
    };
    const auto expected = gradients(activation(layer(x)));
    const auto got = gradients(nn::Sequential{layer, activation}(x));
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(reference::difference(got[i], expected[i]) < 1e-13);
  };
  const auto all = [&](const auto& activation) {
    agree(linear, activation, vector);
    agree(conv, activation, image);
    agree(transposed, activation, image);
  };
  all(nn::ReLU{});
  all(nn::Sigmoid{});
  all(nn::Tanh{});
}
