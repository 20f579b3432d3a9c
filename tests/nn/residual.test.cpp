#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("residual: adds what its layers give to what they took") {
  Rng rng(1);
  const nn::Linear<double> wide({.in = 3, .out = 5}, rng), narrow({.in = 5, .out = 3}, rng);
  const nn::Residual block{wide, nn::Tanh{}, narrow};
  const auto x = reference::input({4, 3}, 1);
  const Tensor<double> y = block(x).value(), f = narrow(latent::tanh(wide(x))).value();
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 3; ++j) CHECK(y(i, j) == doctest::Approx(x.value()(i, j) + f(i, j)));
  check_gradients([&](In in) { return block(in[0]); }, {x, wide.weight, narrow.bias});
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters<double>(nn::Sequential{nn::Identity{}, block}))
    names += name + " ";
  CHECK(names == "1.0.weight 1.0.bias 1.2.weight 1.2.bias ");
  CHECK(block.output_shape({7, 3}) == Shape{7, 3});
  const nn::Residual grows{wide};
  const auto text = "Residual: the layers give [4, 5] for x [4, 3], expected the same shape";
  CHECK(message_of<ShapeError>([&] { grows(x); }) == text);
  CHECK(message_of<ShapeError>([&] { grows.output_shape({4, 3}); }) == text);
}
