#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("functions: values and gradients") {
  for (const Shape& shape : {Shape{1}, Shape{7}, Shape{3, 11}, Shape{2, 1, 5}}) {
    const auto x = input(shape, 1, 0.2, 2), any = input(shape, 2, -2, 2);
    check_gradients([](In v) { return exp(v[0]); }, {any});
    check_gradients([](In v) { return log(v[0]); }, {x});
    check_gradients([](In v) { return latent::sqrt(v[0]); }, {x});
    check_gradients([](In v) { return square(v[0]); }, {any});
    check_gradients([](In v) { return abs(v[0]); }, {any});
    check_gradients([](In v) { return 3.0 - 2.0 * v[0] / 4.0 + 1.0; }, {any});
    check_gradients([](In v) { return 2.0 / v[0] - (-v[0]); }, {x});
  }
  const Variable<float> x(Tensor<float>({3}, {0.5f, 1, 4}));
  CHECK(exp(x).value()(1) == doctest::Approx(2.7182818));
  CHECK(log(x).value()(2) == doctest::Approx(1.3862944));
  CHECK(latent::sqrt(x).value()(2) == doctest::Approx(2));
  CHECK((1.0f - x).value()(0) == 0.5f);
  CHECK((1.0f / x).value()(2) == 0.25f);
}
