// A transformer on characters learns to add: from lines like 58+7=65 it learns which character comes next, and so to
// write such lines itself, and to end those that it has never seen.
//
//     08_character_transformer [steps]

#include <cstdlib>
#include <iostream>
#include <latent/latent.hpp>
#include <string>
using namespace latent;

const std::string alphabet = "\n0123456789+=";  // a line begins and ends with \n
constexpr Index longest = 9;                    // characters of a line, "99+99=198" and the \n that comes first or last

Index number_of(char c) { return static_cast<Index>(alphabet.find(c)); }

std::string line(Index a, Index b) {
  return std::to_string(a) + '+' + std::to_string(b) + '=' + std::to_string(a + b);
}

/// Every tenth sum is kept back, to see what is learned and not only known.
bool kept_back(Index a, Index b) { return (7 * a + 3 * b) % 10 == 0; }

/// What each character is, where it is, two layers in which it looks at those before it, and which may come next.
struct Transformer {
  nn::Embedding<> token, position;
  nn::TransformerEncoderLayer<> first, second;
  nn::Linear<> head;

  static nn::TransformerEncoderLayerOptions layer() {
    return {.embed_dim = 64, .heads = 4, .feedforward = 256, .dropout = 0, .norm_first = true};
  }
  explicit Transformer(Rng& rng)
      : token({.embeddings = static_cast<Index>(alphabet.size()), .embedding_dim = 64}, rng),
        position({.embeddings = longest + 1, .embedding_dim = 64}, rng),
        first(layer(), rng),
        second(layer(), rng),
        head({.in = 64, .out = static_cast<Index>(alphabet.size())}, rng) {}

  /// Numbers of characters [N, T] -> logits of the next [N, T, 13]
  Variable<float> operator()(const Tensor<Index>& characters) const {
    Tensor<Index> places({characters.size(1)});
    for (Index t = 0; t < places.numel(); ++t) places(t) = t;
    const Variable<float> x = token(characters) + position(places);
    return head(second(first(x, {.causal = true}), {.causal = true}));
  }

  template <class F>
  void visit(F&& f) const {
    f("token", token);
    f("position", position);
    f("first", first);
    f("second", second);
    f("head", head);
  }
};
