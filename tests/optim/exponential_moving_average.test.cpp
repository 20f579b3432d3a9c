#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// A parameter with value x.
Variable<double> averaged_parameter(double x) { return Variable<double>(Tensor<double>({1}, {x}), true); }

void set(const Variable<double>& p, double x) { p.set_value(Tensor<double>({1}, {x})); }

}  // namespace

TEST_CASE("exponential_moving_average: the first update takes the weights, later ones a part of them") {
  for (const bool warmup : {false, true}) {
    const Variable<double> p = averaged_parameter(7);
    optim::ExponentialMovingAverage<double> average({p}, {.decay = 0.2, .warmup = warmup});
    double expected = 0;
    for (int n = 0; n < 5; ++n) {
      set(p, n * n + 1);
      average.update();
      const double decay = warmup ? std::min(0.2, (1. + n) / (10. + n)) : 0.2;
      expected = n == 0 ? 1 : decay * expected + (1 - decay) * (n * n + 1);
      average.swap();
      CHECK(p.value()(0) == doctest::Approx(expected));
      average.swap();
      CHECK(p.value()(0) == n * n + 1);
    }
  }
}

TEST_CASE("exponential_moving_average: is copied to another model, and changes nothing of its own by that") {
  const Variable<double> p = averaged_parameter(1), q = averaged_parameter(2), other = averaged_parameter(0);
  optim::ExponentialMovingAverage<double> average({p}, {.decay = 0.5});
  average.update();
  average.copy_to({other});
  CHECK(other.value()(0) == 1);
  set(p, 3);
  average.update();
  CHECK(other.value()(0) == 1);
  average.copy_to({other});
  CHECK(other.value()(0) == 2);
  CHECK(p.value()(0) == 3);
  CHECK(message_of<ValueError>([&] {
          average.copy_to({other, q});
        }) == "ExponentialMovingAverage: 1 averages do not fit 2 parameters");
  CHECK(message_of<ShapeError>([&] { average.copy_to({Variable<double>(Tensor<double>({2}))}); }) ==
        "ExponentialMovingAverage: the average of 0, of shape [1], does not fit shape [2]");
  average.swap();
  CHECK(message_of<Error>([&] { average.update(); }) ==
        "ExponentialMovingAverage: update() while the model has the averages; swap() them back");
  CHECK(message_of<ValueError>([&] { optim::ExponentialMovingAverage<double>({p}, {.decay = 2}); }) ==
        "ExponentialMovingAverage: decay must be in [0, 1], got 2");
  CHECK(message_of<ValueError>([&] {
          optim::ExponentialMovingAverage<double>({p, Variable<double>()});
        }) == "ExponentialMovingAverage: parameter 1 is undefined");
}

TEST_CASE("exponential_moving_average: names its state as PyTorch does, and averages the weights of a model") {
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 2, .out = 3}, rng), nn::ReLU{}};
  optim::ExponentialMovingAverage average(nn::named_parameters(model));
  optim::SGD optimizer(nn::parameters(model), {.lr = 1});
  const Variable<float> x(rng.normal<float>({4, 2}));
  for (int i = 0; i < 2; ++i) {
    optimizer.zero_grad();
    sum(model(x)).backward();
    optimizer.step();
    average.update();
  }
  std::string names;
  average.visit([&](const std::string& name, auto&) { names.append(name).append(" "); });
  CHECK(names == "decay warmup n_averaged module.0.weight module.0.bias ");
}
