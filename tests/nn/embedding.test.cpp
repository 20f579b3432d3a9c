#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("embedding: takes the rows of the numbers, of any integer type and shape") {
  const Variable<float> weight(Tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const auto y = embedding(Tensor<Index>({2, 2}, {2, 0, 1, 2}), weight);
  CHECK(reference::identical(y.value(), Tensor<float>({2, 2, 2}, {5, 6, 1, 2, 3, 4, 5, 6})));
  CHECK(reference::identical(embedding(Tensor<std::uint8_t>({1}, {1}), weight).value(), Tensor<float>({1, 2}, {3, 4})));
  CHECK(reference::identical(embedding(Tensor<std::int32_t>({}, {1}), weight).value(), Tensor<float>({2}, {3, 4})));
  CHECK(embedding(Tensor<std::int32_t>({2, 0}), weight).shape() == Shape{2, 0, 2});
}

TEST_CASE("embedding: gradients match finite differences, repeated rows add up") {
  const Tensor<Index> indices({2, 3}, {4, 0, 4, 1, 4, 0});
  check_gradients([&](In v) { return embedding(indices, v[0]); }, {input({5, 3}, 1)});
  check_gradients([&](In v) { return embedding(indices, v[0]) + embedding(indices, v[0] * v[0]); }, {input({5, 3}, 1)});
}

TEST_CASE("embedding: row padding_idx gets no gradient") {
  for (const Index padding : {1, -2}) {
    const Variable<float> weight(Tensor<float>::full({3, 2}, 5), true);
    const auto y = embedding(Tensor<Index>({4}, {1, 2, 1, 2}), weight, padding);
    CHECK(y.value()(0, 0) == 5);
    sum(y).backward();
    CHECK(reference::identical(weight.grad(), Tensor<float>({3, 2}, {0, 0, 0, 0, 2, 2})));
  }
}

TEST_CASE("Embedding: begins normal, with a row of zeros for padding") {
  Rng rng(1);
  const nn::Embedding<> layer({.embeddings = 200, .embedding_dim = 50, .padding_idx = -1}, rng);
  double sum = 0, squares = 0;
  const auto rows = layer.weight.value().rows(0, 199), padding = layer.weight.value().rows(199, 200);
  for (const float w : rows.elements()) {
    sum += static_cast<double>(w);
    squares += static_cast<double>(w) * static_cast<double>(w);
  }
  CHECK(std::abs(sum / 9950) < 4 / std::sqrt(9950));
  CHECK(std::abs(squares / 9950 - 1) < 4 * std::sqrt(2.0 / 9950));
  for (const float w : padding.elements()) CHECK(w == 0);
  CHECK(layer(Tensor<std::int64_t>({2, 3})).shape() == Shape{2, 3, 50});
  static_assert(nn::EmbeddingOptions{.embeddings = 9, .embedding_dim = 4}.output_shape({2, 3}) == Shape{2, 3, 4});
  CHECK(nn::parameter_count(layer) == 10000);
  const auto y = layer(Tensor<std::int64_t>({1}, {199}));
  latent::sum(y).backward();
  CHECK(layer.weight.grad()(199, 0) == 0);
}

TEST_CASE("embedding: refuses rows that it does not have, and options that make no table") {
  const Variable<float> weight(Tensor<float>({3, 2}));
  const auto lookup = [&](auto element) {
    return message_of<ValueError>([&] {
      embedding(Tensor<decltype(element)>({2, 3}, {0, 1, 2, 2, element, 0}), weight);
    });
  };
  CHECK(lookup(Index{3}) == "embedding: index 3 at [1, 1] of indices [2, 3] is not within [0, 3)");
  CHECK(lookup(-1) == "embedding: index -1 at [1, 1] of indices [2, 3] is not within [0, 3)");
  CHECK(lookup(~std::uint64_t{0}) ==
        "embedding: index 18446744073709551615 at [1, 1] of indices [2, 3] is not within [0, 3)");
  CHECK(message_of<ValueError>([&] { embedding(Tensor<Index>({1}), weight, 3); }) ==
        "embedding: padding_idx must be in [-3, 3), got 3");
  CHECK(message_of<ShapeError>([&] { embedding(Tensor<Index>({1}), Variable<float>(Tensor<float>({3}))); }) ==
        "embedding: weight [Count, Dim] expected, got shape [3]");
  CHECK(message_of<ShapeError>([&] {
          embedding(Tensor<Index>({1, 1, 1, 1, 1, 1}), weight);
        }) == "embedding: at most 6 sizes expected, got [1, 1, 1, 1, 1, 1] and 2");
  Rng rng(1);
  CHECK(message_of<ValueError>([&] { nn::Embedding<>({.embeddings = 3}, rng); }) ==
        "Embedding: embeddings and embedding_dim must be at least 1, got 3 and 0");
  CHECK(message_of<ValueError>([&] {
          nn::Embedding<>({.embeddings = 3, .embedding_dim = 2, .padding_idx = -4}, rng);
        }) == "Embedding: padding_idx must be in [-3, 3), got -4");
}
