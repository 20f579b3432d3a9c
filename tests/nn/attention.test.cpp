#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("scaled_dot_product_attention: weighs values by the softmax of products") {
  const Variable<double> q(Tensor<double>({1, 1, 2, 1}, {0, 2})), k(Tensor<double>({1, 1, 2, 1}, {1, 2})),
      v(Tensor<double>({1, 1, 2, 2}, {1, 10, 2, 20}));
  const auto y = scaled_dot_product_attention(q, k, v);
  CHECK(y.shape() == Shape{1, 1, 2, 2});
  CHECK(y.value()(0, 0, 0, 0) == doctest::Approx(1.5));
  CHECK(y.value()(0, 0, 1, 0) == doctest::Approx(1 + 1 / (1 + std::exp(-2.0))));
  CHECK(y.value()(0, 0, 1, 1) == doctest::Approx(10 + 10 / (1 + std::exp(-2.0))));
  CHECK(scaled_dot_product_attention(q, k, v, {.causal = true}).value()(0, 0, 0, 1) == doctest::Approx(10));
  CHECK(scaled_dot_product_attention(q, k, v, {.scale = 0}).value()(0, 0, 1, 0) == doctest::Approx(1.5));
  const auto masked =
      scaled_dot_product_attention(q, k, v, {.mask = Tensor<bool>({2, 2}, {true, false, false, false})});
  CHECK(masked.value()(0, 0, 0, 0) == doctest::Approx(1));
  CHECK(masked.value()(0, 0, 1, 0) == 0);
  const auto added = scaled_dot_product_attention(q, k, v, {.mask = Tensor<double>({2}, {std::log(3.0), 0})});
  CHECK(added.value()(0, 0, 0, 0) == doctest::Approx(1.25));
}

TEST_CASE("scaled_dot_product_attention: gradients match finite differences") {
  const auto q = input({2, 2, 3, 4}, 1), k = input({2, 2, 5, 4}, 2), v = input({2, 2, 5, 3}, 3);
  check_gradients([](In x) { return scaled_dot_product_attention(x[0], x[1], x[2]); }, {q, k, v});
  const Tensor<std::uint8_t> mask({2, 1, 1, 5}, {1, 0, 1, 1, 0, 0, 0, 1, 1, 1});
  check_gradients(
      [&](In x) {
        return scaled_dot_product_attention(x[0], x[1], x[2], {.mask = mask, .causal = true, .scale = 0.7});
      },
      {q, k, v});
  check_gradients(
      [&](In x) {
        return scaled_dot_product_attention(x[0], x[1], x[2], {.mask = reference::random<double>({3, 5}, 4)});
      },
      {q, k, v});
}

TEST_CASE("scaled_dot_product_attention: gradients of one variable in several places") {
  check_gradients([](In x) { return scaled_dot_product_attention(x[0], x[0], x[0]); }, {input({1, 2, 3, 4}, 1)});
  check_gradients([](In x) { return scaled_dot_product_attention(x[0], x[1], x[0]); },
                  {input({1, 2, 3, 4}, 1), input({1, 2, 3, 4}, 2)});
}

TEST_CASE("scaled_dot_product_attention: drops elements of the softmax in training, the same ones in backward") {
  const auto q = input({1, 2, 3, 4}, 1), k = input({1, 2, 5, 4}, 2), v = input({1, 2, 5, 3}, 3);
  const auto dropping = [](In x) {
    Rng rng(7);
    const nn::Training mode(rng);
    return scaled_dot_product_attention(x[0], x[1], x[2], {.dropout = 0.4});
  };
  check_gradients(dropping, {q, k, v});
  const auto y = scaled_dot_product_attention(q, k, v, {.dropout = 0.4});
  CHECK(reference::identical(y.value(), scaled_dot_product_attention(q, k, v).value()));
  CHECK_FALSE(reference::identical(y.value(), dropping({q, k, v}).value()));

  Rng rng(1);
  const nn::Training mode(rng);
  const Variable<double> ones(Tensor<double>::full({1, 1, 40, 50}, 1));
  const auto mean_of = [&](double p) {
    return mean(scaled_dot_product_attention(ones, ones, ones, {.dropout = p})).item();
  };
  CHECK(std::abs(mean_of(0.3) - 1) < 4 * std::sqrt(0.3 / 0.7 / 1600));
  CHECK(mean_of(1) == 0);
  const auto position = rng.position();
  CHECK(mean_of(0) == doctest::Approx(1));
  CHECK(rng.position() == position);
}

TEST_CASE("scaled_dot_product_attention: refuses shapes that do not fit") {
  const auto of = [](const Shape& shape) { return Variable<float>(Tensor<float>(shape)); };
  const auto q = of({2, 3, 4, 5}), k = of({2, 3, 6, 5}), v = of({2, 3, 6, 7});
  const auto text = [](const auto& a, const auto& b, const auto& c) {
    return message_of<ShapeError>([&] { scaled_dot_product_attention(a, b, c); });
  };
  CHECK(text(q, k, of({2, 3, 5, 7})) ==
        "scaled_dot_product_attention: q [2, 3, 4, 5], k [2, 3, 6, 5] and v [2, 3, 5, 7] do not fit, expected q [N, H, "
        "T, D], k [N, H, S, D] and v [N, H, S, V]");
  CHECK(text(q, of({2, 3, 6, 4}), v) ==
        "scaled_dot_product_attention: q [2, 3, 4, 5], k [2, 3, 6, 4] and v [2, 3, 6, 7] do not fit, expected q [N, H, "
        "T, D], k [N, H, S, D] and v [N, H, S, V]");
  CHECK(text(of({3, 4, 5}), k, v) ==
        "scaled_dot_product_attention: q [3, 4, 5], k [2, 3, 6, 5] and v [2, 3, 6, 7] do not fit, expected q [N, H, T, "
        "D], k [N, H, S, D] and v [N, H, S, V]");
  CHECK(message_of<ShapeError>([&] {
          scaled_dot_product_attention(q, k, v, {.mask = Tensor<bool>({2, 4, 6})});
        }) ==
        "scaled_dot_product_attention: mask [2, 4, 6] does not fit, expected one that broadcasts to [2, 3, 4, 6]");
  CHECK(
      message_of<ShapeError>([&] {
        scaled_dot_product_attention(q, k, v, {.mask = Tensor<float>({1, 2, 1, 1, 6})});
      }) ==
      "scaled_dot_product_attention: mask [1, 2, 1, 1, 6] does not fit, expected one that broadcasts to [2, 3, 4, 6]");
  CHECK(message_of<ValueError>([&] { scaled_dot_product_attention(q, k, v, {.dropout = -1}); }) ==
        "scaled_dot_product_attention: dropout must be in [0, 1], got -1");
}
