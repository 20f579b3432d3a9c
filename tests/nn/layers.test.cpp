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

TEST_CASE("flatten and unflatten: features channel first, as behind a PyTorch convolution") {
  const auto x = input({2, 3, 4, 5}, 1);
  const Tensor<double> flat = nn::Flatten{}(x).value();
  CHECK(flat.shape() == Shape{2, 60});
  for (Index h = 0; h < 3; ++h)
    for (Index w = 0; w < 4; ++w)
      for (Index c = 0; c < 5; ++c) CHECK(flat(1, (c * 3 + h) * 4 + w) == x.value()(1, h, w, c));
  const nn::Unflatten back({.channels = 5, .height = 3, .width = 4});
  CHECK(reference::identical(back(Variable<double>(flat)).value(), x.value()));
  CHECK(gradcheck([](In v) { return nn::Flatten{}(v[0]); }, {x}).ok);
  CHECK(gradcheck([&](In v) { return back(v[0]); }, {input({2, 60}, 2)}).ok);
  CHECK(nn::Flatten{}(input({2, 3, 4}, 1)).shape() == Shape{2, 12});
  CHECK(message_of<ShapeError>([&] {
          back(input({2, 59}, 1));
        }) == "Unflatten: x [2, 59] does not fit, expected x [N, 60]");
  CHECK(message_of<ValueError>([] { nn::Unflatten({.height = 3}); }) ==
        "Unflatten: channels, height and width must be at least 1, got 1, 3, 0");
}

TEST_CASE("sequential: calls layers in order, names their parameters, knows its output's shape") {
  Rng rng(1);
  const nn::Sequential model{nn::Conv2d({.in = 1, .out = 2, .kernel = 3}, rng), nn::ReLU{},
                             [](const Variable<float>& x) { return x * 2.0f; }, nn::Flatten{},
                             nn::Linear({.in = 2 * 4 * 3, .out = 5}, rng)};
  CHECK(model(Variable<float>(Tensor<float>({7, 6, 5, 1}))).shape() == Shape{7, 5});
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(model)) names += name + " ";
  CHECK(names == "0.weight 0.bias 4.weight 4.bias ");
  CHECK(nn::parameter_count(model) == 2 * 9 + 2 + 5 * 24 + 5);

  static_assert(nn::stack_shape({64, 28, 28, 1}, nn::Conv2dOptions{.in = 1, .out = 16, .kernel = 3, .padding = 1},
                                nn::ReLU{}, nn::MaxPool2d({.kernel = 2}), nn::Flatten{},
                                nn::LinearOptions{.in = 3136, .out = 10}) == Shape{64, 10});
  const nn::Sequential images{nn::Flatten{}, nn::Linear({.in = 4, .out = 3}, rng)};
  CHECK(images.output_shape({9, 2, 2, 1}) == Shape{9, 3});
  CHECK(message_of<ShapeError>([&] {
          images.output_shape({9, 3, 2, 1});
        }) == "Linear: x [9, 6] does not fit, expected x [N, 4]");
}

namespace {
struct Nested {
  nn::Linear<> first;
  nn::Sequential<nn::ReLU, nn::Linear<>> rest;
  template <class F>
  void visit(F&& f) const {
    f("first", first);
    f("rest", rest);
  }
};
}  // namespace

TEST_CASE("parameters: are found by name through nested models, absent ones left out") {
  Rng rng(1);
  const Nested model{nn::Linear({.in = 2, .out = 3, .bias = false}, rng),
                     nn::Sequential{nn::ReLU{}, nn::Linear({.in = 3, .out = 1}, rng)}};
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(model)) names += name + " ";
  CHECK(names == "first.weight rest.1.weight rest.1.bias ");
  CHECK(nn::parameters(model).size() == 3);
  CHECK(nn::parameters(nn::ReLU{}).empty());
}

TEST_CASE("losses: values and gradients") {
  const auto a = input({3, 5}, 1), b = input({3, 5}, 2);
  for (Reduction reduction : {Reduction::mean, Reduction::sum}) {
    CHECK(gradcheck([&](In v) { return mse_loss(v[0], v[1], reduction); }, {a, b}).ok);
    CHECK(gradcheck([&](In v) { return l1_loss(v[0], v[1], reduction); }, {a, b}).ok);
  }
  CHECK(gradcheck([](In v) { return kl_unit_normal(v[0], v[1]); }, {a, b}).ok);
  CHECK(gradcheck([](In v) { return square(mse_loss(v[0], v[1])); }, {a, b}).ok);

  const Variable<float> x(Tensor<float>({1, 2}, {1, 4})), y(Tensor<float>({1, 2}, {3, 1}));
  CHECK(mse_loss(x, y).item() == 6.5f);
  CHECK(mse_loss(x, y, Reduction::sum).item() == 13);
  CHECK(l1_loss(x, y).item() == 2.5f);
  // For one unit: (mean^2 + variance - 1 - log variance) / 2; two images, summed over units, averaged over images.
  const Variable<double> mean(Tensor<double>({2, 2}, {1, 0, 2, 0})),
      log_variance(Tensor<double>({2, 2}, {0, 0, std::log(4.0), 0}));
  CHECK(kl_unit_normal(mean, log_variance).item() == doctest::Approx((0.5 + (4 + 4 - 1 - std::log(4.0)) / 2) / 2));
  const Variable<double> zero(Tensor<double>({3, 4}));
  CHECK(kl_unit_normal(zero, zero).item() == 0);
  CHECK(message_of<ShapeError>([&] {
          mse_loss(x, Variable<float>(Tensor<float>({2, 1})));
        }) == "mse_loss: input [1, 2] does not fit target [2, 1]");
}
