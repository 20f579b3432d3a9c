#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("arithmetic: gradients under broadcasting of every kind") {
  const std::vector<std::pair<Shape, Shape>> shapes{{{3, 5}, {3, 5}},       {{3, 5}, {5}},       {{5}, {3, 5}},
                                                    {{3, 1}, {1, 5}},       {{2, 3, 4}, {3, 1}}, {{}, {2, 3}},
                                                    {{2, 1, 4}, {2, 3, 1}}, {{1}, {1, 1}},       {{2, 3, 4}, {}}};
  for (const auto& [left, right] : shapes) {
    const auto a = input(left, 1), b = input(right, 2, 0.5, 2);
    check_gradients([](In v) { return v[0] + v[1]; }, {a, b});
    check_gradients([](In v) { return v[0] - v[1]; }, {a, b});
    check_gradients([](In v) { return v[0] * v[1]; }, {a, b});
    check_gradients([](In v) { return v[0] / v[1]; }, {a, b});
  }
}

TEST_CASE("arithmetic: a tensor is a variable without gradient") {
  const Tensor<double> t({3}, {2, 4, 5});
  check_gradients(
      [&](In v) { return (v[0] + t) * t + (v[0] - t) / t + (t + v[0]) * (t * v[0]) + (t - v[0]) + t / v[0]; },
      {input({2, 3}, 1, 0.5, 2)});
  const Variable<double> x(Tensor<double>({3}, {1, 2, 10}));
  CHECK((x / t).value() == Tensor<double>({3}, {0.5, 0.5, 2}));
  CHECK((t - x).value() == Tensor<double>({3}, {1, 2, -5}));
}

TEST_CASE("arithmetic: broadcasts as NumPy does") {
  const Variable<double> a(Tensor<double>({2, 1}, {1, 2})), b(Tensor<double>({3}, {10, 20, 30}));
  const Tensor<double> y = (a + b).value();
  CHECK(y.shape() == Shape{2, 3});
  CHECK(y(1, 2) == 32);
  CHECK((b - a).value()(1, 0) == 8);
  CHECK(message_of<ShapeError>([&] {
          b* Variable<double>(Tensor<double>({2, 2}));
        }) == "*: shapes [3] and [2, 2] do not broadcast, sizes 3 and 2 differ and neither is 1");
  static_assert(broadcast_shape("+", Shape{4, 1, 3}, Shape{5, 1}) == Shape{4, 5, 3});
}

TEST_CASE_TEMPLATE("division: nothing overflows or vanishes in between", T, float, double) {
  const T huge = std::numeric_limits<T>::max() / 4, subnormal = std::numeric_limits<T>::min() / 64;
  const Variable<T> x(Tensor<T>({2}, {subnormal, 0}), true);
  const Variable<T> y = x / subnormal;
  y.backward(Tensor<T>({2}, {subnormal, subnormal}));
  CHECK(y.value()(0) == 1);
  CHECK(y.value()(1) == 0);
  CHECK(x.grad()(0) == 1);

  const Variable<T> a(Tensor<T>({1}, {huge}), true), b(Tensor<T>({1}, {huge}), true);
  (a / b).backward(Tensor<T>({1}, {huge}));
  CHECK(a.grad()(0) == 1);
  CHECK(b.grad()(0) == -1);
}

TEST_CASE("arithmetic: the gradient of a repeated operand sums over any axes, empty ones too") {
  const std::vector<std::pair<Shape, Shape>> shapes{{{2, 1, 3, 1}, {2, 4, 3, 5}},
                                                    {{1, 4, 1, 5}, {2, 4, 3, 5}},
                                                    {{3, 1}, {2, 4, 3, 5}},
                                                    {{1, 1, 3, 5}, {2, 4, 3, 5}},
                                                    {{}, {2, 3}},
                                                    {{1, 1, 1}, {3}},
                                                    {{1, 3, 1}, {0, 3, 4}},
                                                    {{2, 1}, {2, 0}},
                                                    {{1, 0}, {5, 0}}};
  for (const auto& shape : shapes) {
    const Shape &small = shape.first, &whole = shape.second;
    CAPTURE(small);
    CAPTURE(whole);
    const Variable<double> a(Tensor<double>(small), true), b{Tensor<double>(whole)};
    (a + b).backward(Tensor<double>::full(broadcast_shape("+", small, whole), 1));
    const double repetitions =
        small.numel() == 0 ? 0 : static_cast<double>(whole.numel()) / static_cast<double>(small.numel());
    for (const double da : a.grad().elements()) CHECK(da == repetitions);
    CHECK(a.grad().shape() == small);
  }
}
