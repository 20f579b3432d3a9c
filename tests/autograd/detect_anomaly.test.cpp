#include <limits>
#include <thread>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Variable<double> parameter(const Shape& shape, std::initializer_list<double> values) {
  return Variable<double>(Tensor<double>(shape, values), true);
}

/// y = x, whose gradient is `value`.
Variable<double> with_gradient(const Variable<double>& x, double value) {
  return Variable<double>::result("with_gradient", x.value(), {x}, [x, value](const Tensor<double>& dy) {
    x.pass_grad(Tensor<double>::full(dy.shape(), value));
  });
}

struct Scaled {
  Variable<float> factor;

  Variable<float> operator()(const Variable<float>& x) const { return x * factor; }
  template <class F>
  void visit(F&& f) const {
    f("factor", factor);
  }
};

}  // namespace

TEST_CASE("detect_anomaly: an infinite or NaN value names its operation, place, and the shapes of finite inputs") {
  const Variable<double> x = parameter({2, 3}, {1, 2, 3, 4, 5, 0});
  const Variable<float> large(Tensor<float>::full({}, 1e30f));
  const DetectAnomaly guard;
  CHECK(message_of<AnomalyError>([&] { log(x); }) ==
        "detect_anomaly: step 1: forward of log gives -inf at [1, 2] from finite inputs of shapes [2, 3]");
  CHECK(message_of<AnomalyError>([&] {
          x / Variable<double>(Tensor<double>({3}, {1, 0, 1}));
        }) == "detect_anomaly: step 1: forward of / gives inf at [0, 1] from finite inputs of shapes [2, 3], [3]");
  CHECK(message_of<AnomalyError>([&] { sqrt(x - 2.0); }) ==
        "detect_anomaly: step 1: forward of sqrt gives nan at [0, 0] from finite inputs of shapes [2, 3]");
  CHECK(message_of<AnomalyError>([&] { square(large); }) ==
        "detect_anomaly: step 1: forward of square gives inf from finite inputs of shapes []");
  const NoGrad no_grad;  // what is not recorded is seen too
  CHECK(message_of<AnomalyError>([&] { log(x); }) ==
        "detect_anomaly: step 1: forward of log gives -inf at [1, 2] from finite inputs of shapes [2, 3]");
  CHECK_NOTHROW(sum(Variable<double>(Tensor<double>({0}))));
}

TEST_CASE("detect_anomaly: an input that was infinite or NaN before is named") {
  Variable<double> x = parameter({2}, {1, not_a_number});
  const Variable<double> bias = parameter({2}, {1, -infinity});
  const Variable<double> one(Tensor<double>::full({2}, 1));
  const DetectAnomaly guard(std::vector{std::pair<std::string, Variable<double>>("decoder.bias", bias)});
  CHECK(message_of<AnomalyError>([&] { one + x; }) ==
        "detect_anomaly: step 1: forward of + gives nan at [1], since input 1 of shape [2] is nan at [1]");
  CHECK(message_of<AnomalyError>([&] { one + bias; }) ==
        "detect_anomaly: step 1: forward of + with 'decoder.bias' gives -inf at [1], since parameter 'decoder.bias' of "
        "shape [2] is -inf at [1]");
  CHECK_NOTHROW(exp(bias));                                                                         // finite again
  CHECK_NOTHROW(linear(parameter({1, 2}, {1, 2}), parameter({1, 2}, {1, 2}), Variable<double>()));  // no bias
}

TEST_CASE("detect_anomaly: an infinite or NaN gradient names the operation whose backward gives it, and the input") {
  const Variable<double> x = parameter({2}, {4, 0}), scale(Tensor<double>::full({2}, 3)), w = parameter({1}, {1});
  DetectAnomaly guard(std::vector{std::pair<std::string, Variable<double>>("w", w)});
  CHECK(message_of<AnomalyError>([&] { sum(sqrt(scale * x)).backward(); }) ==
        "detect_anomaly: step 1: backward of sqrt gives inf at [1] for input 0 of shape [2]");
  x.zero_grad();
  CHECK(message_of<AnomalyError>([&] {
          (scale * x).backward(Tensor<double>({2}, {1, 1e308}));
        }) == "detect_anomaly: step 1: backward of * gives inf at [1] for input 1 of shape [2]");
  x.zero_grad();
  CHECK(message_of<AnomalyError>([&] { with_gradient(w, -infinity).backward(); }) ==
        "detect_anomaly: step 1: backward of with_gradient with 'w' gives -inf at [0] for parameter 'w' of shape [1]");
  w.zero_grad();

  const Variable<double> y = with_gradient(w, 1e308);
  (y + y).backward();  // fine
  CHECK(w.grad()(0) == 1e308);
  CHECK(message_of<AnomalyError>([&] { with_gradient(w, 1e308).backward(); }) ==
        "detect_anomaly: step 2: backward of with_gradient with 'w' gives inf at [0] for parameter 'w' of shape [1]");
}

TEST_CASE("detect_anomaly: gradients that were there before a backward pass are not blamed on it") {
  const Variable<double> x = parameter({2}, {4, 1});
  const DetectAnomaly guard;
  CHECK(message_of<AnomalyError>([&] {
          sqrt(x).backward(Tensor<double>({2}, {1, infinity}));
        }) == "detect_anomaly: step 1: the gradient of the result of sqrt is inf at [1] already before backward");
  x.pass_grad(Tensor<double>({2}, {not_a_number, 0}));
  CHECK(message_of<AnomalyError>([&] { sum(square(x)).backward(); }) ==
        "detect_anomaly: step 1: the gradient of input 0 of shape [2] is nan at [0] already before backward");
  x.zero_grad();
  CHECK_NOTHROW(sum(square(x)).backward());
}

TEST_CASE("detect_anomaly: what was computed before the guard is seen in backward, by its inputs' shapes") {
  const Variable<double> x = parameter({2}, {4, 0});
  const Variable<double> root = sqrt(x);
  const DetectAnomaly guard;
  CHECK(message_of<AnomalyError>([&] { sum(root).backward(); }) ==
        "detect_anomaly: step 1: backward of sqrt gives inf at [1] for an input of shape [2]");
}

TEST_CASE("detect_anomaly: layers of stacks are named, in forward and in backward") {
  Rng rng(1);
  const auto one_over = [](const Variable<float>& x) { return 1.0f / x; };
  const auto root = [](const Variable<float>& x) { return sqrt(x); };
  const nn::Sequential model{nn::Linear({.in = 1, .out = 1}, rng),
                             nn::Sequential{nn::ReLU{}, Scaled{Variable<float>(Tensor<float>::full({1}, 2), true)}},
                             nn::Sequential{nn::Flatten{}, root}, one_over};
  const auto parameters = nn::named_parameters(model);
  parameters[0].second.set_value(Tensor<float>({1, 1}, {1}));
  parameters[1].second.set_value(Tensor<float>({1}, {0}));
  const Variable<float> zero(Tensor<float>({1, 1}, {0})), tiny(Tensor<float>({1, 1}, {1e-36f}));
  const DetectAnomaly guard(parameters);
  CHECK(
      message_of<AnomalyError>([&] { model(zero); }) ==
      "Sequential: layer 3: detect_anomaly: step 1: forward of / gives inf at [0, 0] from finite inputs of shapes [], "
      "[1, 1]");
  CHECK(message_of<AnomalyError>([&] { model(tiny).backward(); }) ==
        "Sequential: layer 2 (Sequential): Sequential: layer 1: detect_anomaly: step 1: backward of sqrt gives -inf at "
        "[0, 0] for input 0 of shape [1, 1]");

  parameters[2].second.set_value(Tensor<float>({1}, {3e38f}));
  CHECK(message_of<AnomalyError>([&] {
          model(Variable<float>(Tensor<float>({1, 1}, {2})));
        }) ==
        "Sequential: layer 1 (Sequential): Sequential: layer 1 (Scaled): detect_anomaly: step 1: forward of * with "
        "'1.1.factor' gives inf at [0, 0] from finite inputs of shapes [1, 1], [1]");
}

TEST_CASE("detect_anomaly: steps are backward passes, or as the program says") {
  const Variable<double> x = parameter({}, {0});
  const auto step_in_error = [&] { return message_of<AnomalyError>([&] { log(x); }).substr(0, 24); };
  DetectAnomaly guard;
  CHECK(step_in_error() == "detect_anomaly: step 1: ");
  square(x).backward();
  square(x).backward();
  CHECK(step_in_error() == "detect_anomaly: step 3: ");
  guard.step(7);
  square(x).backward();
  CHECK(step_in_error() == "detect_anomaly: step 7: ");
}

TEST_CASE("detect_anomaly: guards nest, and end with their scope and in their thread") {
  const Variable<double> x = parameter({1}, {0});
  const auto found = [&] { return message_of<AnomalyError>([&] { log(x); }); };
  const std::string unnamed =
      "detect_anomaly: step 1: forward of log gives -inf at [0] from finite inputs of shapes [1]";
  CHECK_NOTHROW(log(x));
  {
    const DetectAnomaly outer(std::vector{std::pair<std::string, Variable<double>>("x", x)});
    const std::string named =
        "detect_anomaly: step 1: forward of log with 'x' gives -inf at [0] from finite inputs of shapes [1]";
    CHECK(found() == named);
    {
      const DetectAnomaly inner;
      CHECK(found() == unnamed);
    }
    CHECK(found() == named);
    std::jthread([&] { CHECK_NOTHROW(sum(sqrt(x)).backward()); }).join();
  }
  CHECK_NOTHROW(log(x));
  CHECK_NOTHROW(sum(sqrt(x)).backward());
}

TEST_CASE("detect_anomaly: finite values and gradients have the same bits as without a guard") {
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 3, .out = 4}, rng), nn::Tanh{}, nn::Linear({.in = 4, .out = 2}, rng)};
  const auto parameters = nn::parameters(model);
  const Variable<float> x(reference::random<float>({5, 3}, 2));
  const auto gradients = [&] {
    for (const auto& parameter : parameters) parameter.zero_grad();
    mean(square(model(x))).backward();
    std::vector<Tensor<float>> result;
    for (const auto& parameter : parameters) result.push_back(parameter.grad());
    return result;
  };
  const auto without = gradients();
  const DetectAnomaly guard(nn::named_parameters(model));
  const auto with = gradients();
  for (std::size_t i = 0; i < with.size(); ++i)
    CHECK(std::ranges::equal(with[i].elements(), std::as_const(without[i]).elements()));
}

TEST_CASE("detect_anomaly: after an anomaly in backward the next step begins with new gradients") {
  const Variable<double> x = parameter({2}, {4, 0});
  const DetectAnomaly guard;
  CHECK_THROWS_AS(sum(sqrt(x)).backward(), AnomalyError);
  x.zero_grad();
  sum(square(x)).backward();
  CHECK(x.grad()(0) == 8);
  CHECK(x.grad()(1) == 0);
}
