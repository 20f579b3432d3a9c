#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

struct Limited : ValueError {
  using ValueError::ValueError;
  int limit = 3;
};

template <Scalar T>
struct Refusing {
  Variable<T> operator()(const Variable<T>&) const { throw Limited("refused"); }
};

}  // namespace

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

  static_assert(nn::stack_fits<Shape{64, 28, 28, 1}, Shape{64, 10}, nn::MaxPool2dOptions{.kernel = {2, 4}}, nn::ReLU{},
                               nn::Flatten{}, nn::LinearOptions{.in = 98, .out = 10}>);
  static_assert(nn::stack_shape({64, 28, 28, 1}, nn::Conv2dOptions{.in = 1, .out = 16, .kernel = 3, .padding = 1},
                                nn::ReLU{}, nn::MaxPool2d({.kernel = 2}), nn::Flatten{},
                                nn::LinearOptions{.in = 3136, .out = 10}) == Shape{64, 10});
  const nn::Sequential images{nn::Flatten{}, nn::Linear({.in = 4, .out = 3}, rng)};
  CHECK(images.output_shape({9, 2, 2, 1}) == Shape{9, 3});
  CHECK(message_of<ShapeError>([&] {
          images.output_shape({9, 3, 2, 1});
        }) == "Sequential: layer 1 (Linear): Linear: x [9, 6] does not fit, expected x [N, 4]");
  CHECK(message_of<ShapeError>([&] {
          nn::stack_shape({9, 3, 2, 1}, nn::Flatten{}, nn::LinearOptions{.in = 4, .out = 3});
        }) == "stack_shape: layer 1 (LinearOptions): Linear: x [9, 6] does not fit, expected x [N, 4]");
}

TEST_CASE("sequential: an error says in which layer, and stays of its type") {
  Rng rng(1);
  const auto stack_with = [&](const auto& layer) {
    return nn::Sequential{nn::Linear({.in = 3, .out = 2}, rng), nn::ReLU{}, nn::Sequential{nn::Tanh{}, layer}};
  };
  const Variable<float> x(Tensor<float>({5, 3})), narrow(Tensor<float>({5, 2}));
  const auto last = stack_with(nn::Linear({.in = 4, .out = 1}, rng));
  CHECK(message_of<ShapeError>([&] { last(x); }) ==
        "Sequential: layer 2 (Sequential): Sequential: layer 1 (Linear): linear: x [5, 2] does not fit weight [1, 4], "
        "expected x [N, 4]");
  CHECK(message_of<ShapeError>([&] { last(narrow); }) ==
        "Sequential: layer 0 (Linear): linear: x [5, 2] does not fit weight [2, 3], expected x [N, 3]");

  const auto axis = [](const Variable<float>& v) { return sum(v, 2); };
  const auto without_name =
      "Sequential: layer 2 (Sequential): Sequential: layer 1: sum: axis 2 does not exist in "
      "shape [5, 2]";
  CHECK(message_of<ShapeError>([&] { stack_with(axis)(x); }) == without_name);
  CHECK(message_of<ShapeError>([&] { stack_with(+axis)(x); }) == without_name);

  CHECK(message_of<Limited>([&] { stack_with(Refusing<float>{})(x); }) ==
        "Sequential: layer 2 (Sequential): Sequential: layer 1 (Refusing): refused");
  CHECK_THROWS_AS(stack_with([](const Variable<float>&) -> Variable<float> { throw 1; })(x), int);
  CHECK(nn::Sequential<>().output_shape({3}) == Shape{3});
}

TEST_CASE("sequential: a convolution, ReLU and max pooling run in one pass, and errors name the layer all the same") {
  Rng rng(1);
  const nn::Sequential model{nn::Conv2d<double>({.in = 2, .out = 9, .kernel = 3}, rng), nn::ReLU{},
                             nn::MaxPool2d({.kernel = 2}), nn::Tanh{}};
  const auto& [conv, relu, pool, tanh] = model.layers;
  static_assert(nn::TakesPooling<decltype(conv), decltype(relu), decltype(pool), Variable<double>>);
  static_assert(!nn::TakesPooling<decltype(conv), decltype(pool), decltype(relu), Variable<double>>);
  const auto x = reference::input({3, 8, 7, 2}, 1), y = model(x), apart = tanh(pool(relu(conv(x))));
  CHECK(reference::identical(y.value(), apart.value()));
  y.backward(reference::random<double>(y.shape(), 2));
  const Tensor<double> dx = x.grad(), dw = conv.weight.grad();
  x.zero_grad();
  conv.weight.zero_grad();
  apart.backward(reference::random<double>(y.shape(), 2));
  CHECK(reference::difference(dx, x.grad()) < 1e-14);
  CHECK(reference::difference(dw, conv.weight.grad()) < 1e-14);
  const nn::Summary summary = nn::summary<double>(model, x);
  REQUIRE(summary.rows.size() == 3);
  CHECK(summary.rows[1].layer == "2 (MaxPool2d)");
  CHECK(summary.rows[0].output == Shape{3, 6, 5, 9});
  CHECK(message_of<ShapeError>([&] {
          model(reference::input({3, 3, 3, 2}, 1));
        }) ==
        "Sequential: layer 2 (MaxPool2d): MaxPool2d: x [3, 1, 1, 9] is smaller than kernel 2 with dilation 1 and "
        "padding 0");
  CHECK(message_of<ShapeError>([&] {
          model(reference::input({3, 8, 7, 3}, 1));
        }) == "Sequential: layer 0 (Conv2d): Conv2d: x [3, 8, 7, 3] does not fit, expected x [N, H, W, 2]");
}
