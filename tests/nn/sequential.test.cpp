#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

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
