#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("var and stddev: values and gradients, whole and along each axis") {
  const auto x = input({3, 4, 5}, 1);
  check_gradients([](In v) { return var(v[0]); }, {x});
  check_gradients([](In v) { return stddev(v[0], {.correction = 0}); }, {x});
  for (const Index axis : {0, 1, -1}) {
    check_gradients([axis](In v) { return var(v[0], axis, {.correction = 0.5}); }, {x});
    check_gradients([axis](In v) { return stddev(v[0], axis, {.keep = true}); }, {x});
  }
  CHECK(var(x, 1, {.keep = true}).shape() == Shape{3, 1, 5});
  const Variable<float> four(Tensor<float>({4}, {1, 2, 3, 6}));
  CHECK(var(four).item() == doctest::Approx(14 / 3.0));
  CHECK(var(four, 0, {.correction = 0}).item() == doctest::Approx(3.5));
  CHECK(stddev(four).item() == doctest::Approx(std::sqrt(14 / 3.0)));
  CHECK(message_of<ShapeError>([&] { var(x, 3); }) == "var: axis 3 does not exist in shape [3, 4, 5]");
  CHECK(message_of<ShapeError>([&] { stddev(x, -4); }) == "stddev: axis -4 does not exist in shape [3, 4, 5]");
}

TEST_CASE("var: precise far from zero, in float too, and the same bits for any number of threads") {
  Tensor<float> x({100000});
  for (Index i = 0; i < x.numel(); ++i) x.data()[i] = 10000 + static_cast<float>(i % 2);
  const auto run = [&](int count) {
    set_threads(count);
    const auto y = var(Variable<float>(x), {.correction = 0}).value();
    set_threads(0);
    return y;
  };
  const Tensor<float> one = run(1);
  CHECK(one.item() == 0.25f);
  for (const int count : {2, 3, 7}) CHECK(reference::identical(one, run(count)));
}

TEST_CASE("stddev: no gradient where all are equal; NaN of one element") {
  const Variable<double> equal(Tensor<double>({3}, {2, 2, 2}), true), one(Tensor<double>({1}, {2}));
  stddev(equal).backward();
  CHECK(reference::identical(equal.grad(), Tensor<double>({3})));
  CHECK(std::isnan(var(one).item()));
}
