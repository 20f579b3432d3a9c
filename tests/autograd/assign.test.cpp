#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("assignment: x += y and the like are x = x + y, with the gradients of that") {
  check_gradients(
      [](In v) {
        Variable<double> y = square(v[0]);  // keeps its value for backward
        const Variable<double> before = y;
        y += v[1];
        y *= v[0];
        y -= square(v[1]);
        y /= v[1];
        y += 2;
        y *= 0.5;
        y -= 1;
        y /= 3;
        return y * before;
      },
      {input({2, 3}, 1, 0.5, 2), input({3}, 2, 0.5, 2)});
  Variable<float> total(Tensor<float>(Shape{}));
  const Variable<float> weight(Tensor<float>({2}, {1, 2}), true), other = total;
  for (int i = 1; i <= 3; ++i) total += sum(weight) * static_cast<float>(i);
  CHECK(total.item() == 18);
  CHECK(other.item() == 0);
  total.backward();
  CHECK(weight.grad() == Tensor<float>({2}, {6, 6}));
  total = other;
  total -= Tensor<float>({2}, {1, 2});
  CHECK(total.value() == Tensor<float>({2}, {-1, -2}));
}

TEST_CASE("assignment: a parameter is refused, or the model would not have the result") {
  Variable<float> weight(Tensor<float>({2}, {1, 2}), true);
  const auto text = [](const char* operation) {
    return message(operation,
                   ": the variable of shape [2] is a leaf that requires a gradient, whose value set_value() ",
                   "changes");
  };
  CHECK(message_of<Error>([&] { weight += weight; }) == text("+="));
  const NoGrad no_grad;
  CHECK(message_of<Error>([&] { weight *= 0.5f; }) == text("*="));
  CHECK(weight.requires_grad());
  CHECK(weight.value() == Tensor<float>({2}, {1, 2}));
}
