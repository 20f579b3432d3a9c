#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;

TEST_CASE("hardsigmoid and hardswish: values and gradients, also at the corners") {
  const auto any = reference::input({5, 7}, 1, -5, 5);
  check_gradients([](In v) { return hardsigmoid(v[0]); }, {any});
  check_gradients([](In v) { return hardswish(v[0]); }, {any});
  const Variable<float> x(Tensor<float>({5}, {-4, -3, 1, 3, 4}), true);
  const auto agree = [&](const auto& layer, const std::vector<float>& y, const std::vector<float>& dx) {
    x.zero_grad();
    const Variable<float> result = layer(x);
    sum(result).backward();
    for (Index i = 0; i < 5; ++i) {
      CHECK(result.value()(i) == doctest::Approx(y[static_cast<std::size_t>(i)]));
      CHECK(x.grad()(i) == doctest::Approx(dx[static_cast<std::size_t>(i)]));
    }
    CHECK(layer.output_shape({2, 3}) == Shape{2, 3});
  };
  agree(nn::Hardsigmoid{}, {0, 0, 4 / 6.0f, 1, 1}, {0, 0, 1 / 6.0f, 0, 0});
  agree(nn::Hardswish{}, {0, 0, 4 / 6.0f, 3, 4}, {0, 0, 1 / 3.0f + 0.5f, 1, 1});
}
