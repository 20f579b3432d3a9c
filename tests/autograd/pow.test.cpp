#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("pow: values and gradients, by numbers and by variables") {
  const auto positive = input({3, 5}, 1, 0.2, 2), any = input({3, 5}, 2, -2, 2);
  for (const double p : {0.0, 1.0, 2.0, 3.0, 5.0, -1.0, -2.0, 0.5, -0.5, 1.7, -0.3}) {
    CAPTURE(p);
    const Tensor<double> y = latent::pow(positive, p).value();
    CHECK(y(1, 2) == doctest::Approx(std::pow(positive.value()(1, 2), p)).epsilon(1e-14));
    if (p != 0) check_gradients([p](In v) { return latent::pow(v[0], p); }, {positive});
  }
  check_gradients([](In v) { return latent::pow(v[0], 3); }, {any});
  check_gradients([](In v) { return latent::pow(v[0], v[1]); }, {positive, any});
  check_gradients([](In v) { return latent::pow(v[0], v[1]); }, {positive, input({5}, 3)});
  check_gradients([](In v) { return latent::pow(v[0], v[0]); }, {positive});
  const Variable<float> x(Tensor<float>({2}, {0, 3}), true), zero(Tensor<float>({1}), true);
  sum(latent::pow(x, zero)).backward();
  CHECK(x.grad()(0) == 0);
  CHECK(zero.grad()(0) == doctest::Approx(std::log(3.0)));  // where x is 0 there is no log
  CHECK(message_of<ShapeError>([&] { latent::pow(any, input({4}, 1)); }) ==
        "pow: shapes [3, 5] and [4] do not broadcast, sizes 5 and 4 differ and neither is 1");
}
