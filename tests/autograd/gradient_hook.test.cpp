#include <latent/autograd/gradient_hook.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("gradient_hook: a gradient is told when it is complete, while others are not") {
  const Variable<double> early(Tensor<double>({2}, {1, 2}), true), twice(Tensor<double>({2}, {3, 4}), true),
      unused(Tensor<double>({2}), true), late(Tensor<double>({2}, {5, 6}), true);
  const std::vector<Variable<double>> parameters{early, twice, unused, late};
  std::vector<Index> told;
  std::vector<Tensor<double>> gradients(4);
  Index operations = 0;
  const Variable<double> loss = sum(late * (twice * exp(early * twice)));
  {
    const GradientHook<double> hook(
        parameters,
        [&](Index i) {
          told.push_back(i);
          gradients[static_cast<std::size_t>(i)] = parameters[static_cast<std::size_t>(i)].grad();
          if (i == 3) CHECK_FALSE(early.grad().defined());
        },
        [&] { ++operations; });
    loss.backward();
  }
  CHECK(told.size() == 3);
  CHECK(told[0] == 3);
  CHECK(std::ranges::count(told, 0) == 1);
  CHECK(std::ranges::count(told, 1) == 1);
  CHECK(operations == 5);
  for (const Index i : told) {
    const auto number = static_cast<std::size_t>(i);
    for (Index j = 0; j < 2; ++j) CHECK(gradients[number](j) == parameters[number].grad()(j));
  }
  CHECK(twice.grad()(0) == doctest::Approx(5 * std::exp(3.0) * (1 + 3)));

  sum(late * late).backward();
  CHECK(told.size() == 3);  // its life is over
}

TEST_CASE("gradient_hook: passes of the other type go by, and detect_anomaly sees what it saw") {
  const Variable<float> x(Tensor<float>({1}, {2}), true);
  const Variable<double> wide(Tensor<double>({1}, {-1}), true);
  const DetectAnomaly anomalies;
  Index told = 0;
  const GradientHook<float> hook(std::vector{x}, [&](Index) { ++told; });
  sum(x * x).backward();
  CHECK(told == 1);
  sum(wide * wide).backward();
  CHECK(told == 1);
  const auto text = message_of<AnomalyError>([&] { log(wide); });
  CHECK(text.find("detect_anomaly: step 3: forward of log gives nan at [0]") != std::string::npos);
}
