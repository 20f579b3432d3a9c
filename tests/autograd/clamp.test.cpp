#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("clamp: values and gradients, which the bounds let through") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  check_gradients([](In v) { return clamp(v[0], -0.4, inf); }, {input({3, 7}, 1)});
  const Variable<double> x(Tensor<double>({4}, {-1, 0.5, 2, 3}), true);
  const Variable<double> y = clamp(x, 0.5, 2);
  CHECK(reference::identical(y.value(), Tensor<double>({4}, {0.5, 0.5, 2, 2})));
  sum(y).backward();
  CHECK(reference::identical(x.grad(), Tensor<double>({4}, {0, 1, 1, 0})));
  CHECK(clamp(x, 3, -3).value()(1) == -3);
  CHECK(message_of<ValueError>([&] { clamp(x, 0, std::numeric_limits<double>::quiet_NaN()); }) ==
        "clamp: min and max must be numbers, got 0 and nan");
}

TEST_CASE("maximum and minimum: values, gradients, halves for equal ones") {
  for (const auto& b : {input({3, 4}, 2), input({4}, 3), input({3, 1}, 4)}) {
    check_gradients([](In v) { return maximum(v[0], v[1]); }, {input({3, 4}, 1), b});
    check_gradients([](In v) { return minimum(v[0], v[1]); }, {input({3, 4}, 1), b});
  }
  const Variable<float> a(Tensor<float>({3}, {1, 2, 3}), true), b(Tensor<float>({3}, {1, 5, -1}), true);
  sum(maximum(a, b)).backward();
  CHECK(reference::identical(a.grad(), Tensor<float>({3}, {0.5f, 0, 1})));
  CHECK(reference::identical(b.grad(), Tensor<float>({3}, {0.5f, 1, 0})));
  CHECK(reference::identical(minimum(a, b).value(), Tensor<float>({3}, {1, 2, -1})));
  CHECK(message_of<ShapeError>([&] { maximum(a, Variable<float>(Tensor<float>({2}))); }) ==
        "maximum: shapes [3] and [2] do not broadcast, sizes 3 and 2 differ and neither is 1");
}
