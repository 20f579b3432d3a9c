#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

namespace {

template <class F>
void check_gradients(F f, const std::vector<Variable<double>>& inputs) {
  const GradcheckReport report = gradcheck(f, inputs);
  INFO(report.text());
  CHECK(report.ok);
  CHECK(report.checked > 0);
}

}  // namespace

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

TEST_CASE("sum and mean: whole and along an axis") {
  for (const Shape& shape : {Shape{1}, Shape{3, 5}, Shape{2, 3, 4}}) {
    const auto x = input(shape, 1);
    check_gradients([](In v) { return sum(v[0]); }, {x});
    check_gradients([](In v) { return mean(v[0]); }, {x});
    for (Index axis = -shape.rank(); axis < shape.rank(); ++axis)
      for (bool keep : {false, true}) {
        check_gradients([&](In v) { return sum(v[0], axis, keep); }, {x});
        check_gradients([&](In v) { return mean(v[0], axis, keep); }, {x});
      }
  }
  const Variable<float> x(Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(sum(x).item() == 21);
  CHECK(mean(x).item() == 3.5f);
  CHECK(sum(x, 0).value()(2) == 9);
  CHECK(mean(x, 1).value()(1) == 5);
  CHECK(sum(x, -1, true).shape() == Shape{2, 1});
  CHECK(sum(x, 0).shape() == Shape{3});
  CHECK_THROWS_AS(sum(x, 2), ShapeError);
}

TEST_CASE("matmul: matrices and batches of them") {
  check_gradients([](In v) { return matmul(v[0], v[1]); }, {input({3, 5}, 1), input({5, 2}, 2)});
  check_gradients([](In v) { return matmul(v[0], v[1]); }, {input({1, 1}, 1), input({1, 7}, 2)});
  check_gradients([](In v) { return matmul(v[0], v[1]); }, {input({2, 3, 4}, 1), input({2, 4, 3}, 2)});
  check_gradients([](In v) { return matmul(v[0], transpose(v[1])); }, {input({3, 5}, 1), input({2, 5}, 2)});
  const auto a = reference::random<float>({7, 9}, 1), b = reference::random<float>({9, 4}, 2);
  CHECK(reference::difference(matmul(Variable<float>(a), Variable<float>(b)).value(), reference::matmul(a, b)) < 1e-6);
  CHECK(message_of<ShapeError>([&] { matmul(Variable<float>(a), Variable<float>(a)); }) ==
        "matmul: a [7, 9] does not fit b [7, 9], expected a [M, K], b [K, N] or a [B, M, K], b [B, K, N]");
}

TEST_CASE("reshape, permute and transpose: values and gradients") {
  const auto x = input({2, 3, 4}, 1);
  check_gradients([](In v) { return reshape(v[0], {4, -1}); }, {x});
  check_gradients([](In v) { return permute(v[0], {2, 0, 1}); }, {x});
  check_gradients([](In v) { return permute(v[0], {1, -1, 0}); }, {x});
  check_gradients([](In v) { return transpose(v[0]); }, {x});
  check_gradients([](In v) { return transpose(v[0], 0, 2); }, {x});
  CHECK(reshape(x, {-1}).shape() == Shape{24});
  const Tensor<double> y = permute(x, {2, 0, 1}).value();
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 4; ++k) CHECK(y(k, i, j) == x.value()(i, j, k));
  CHECK(message_of<ShapeError>([&] {
          reshape(x, {5, -1});
        }) == "reshape: [2, 3, 4] cannot be divided into parts of 5 elements");
  CHECK(message_of<ShapeError>([&] { reshape(x, {-1, -1}); }) == "reshape: at most one size may be -1, got 2");
  CHECK(message_of<ShapeError>([&] { permute(x, {0, 0, 1}); }) == "permute: axis 0 is given twice for shape [2, 3, 4]");
}

TEST_CASE("slice and concat: values and gradients") {
  const auto x = input({3, 4, 5}, 1), y = input({3, 2, 5}, 2);
  for (Index axis : {0, 1, 2, -1}) {
    check_gradients([&](In v) { return slice(v[0], axis, 1, 3); }, {x});
    CHECK(slice(x, axis, 2, 2).numel() == 0);
    check_gradients([&](In v) { return concat<double>({v[0], v[0]}, axis); }, {x});
  }
  check_gradients([](In v) { return concat<double>({v[0], v[1], v[0]}, 1); }, {x, y});
  const Tensor<double> both = concat<double>({x, y}, 1).value();
  CHECK(both.shape() == Shape{3, 6, 5});
  CHECK(both(2, 5, 3) == y.value()(2, 1, 3));
  CHECK(reference::identical(slice(Variable<double>(both), 1, 0, 4).value(), x.value()));
  CHECK(message_of<ShapeError>([&] {
          concat<double>({x, y}, 0);
        }) == "concat: [3, 2, 5] does not fit [3, 4, 5] along axis 0");
  CHECK(message_of<ShapeError>([&] { slice(x, 1, 3, 5); }) == "slice: [3, 5) is not within axis 1 of shape [3, 4, 5]");
}
