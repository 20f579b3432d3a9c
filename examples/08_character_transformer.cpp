// A transformer on characters learns to add: from lines like 58+7=65 it learns which character comes next, and so to
// write such lines itself, and to end those that it has never seen.
//
//     08_character_transformer [steps]

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <latent/latent.hpp>
#include <string>
#include <utility>
#include <vector>
using namespace latent;

const std::string alphabet = "\n0123456789+=";  // a line begins and ends with the first
constexpr Index letters = 13, longest = 10;     // 99+99=198 and its end

Index number(char c) { return static_cast<Index>(alphabet.find(c)); }

/// Two numbers below 100, and the line that is to be learned.
using Sum = std::pair<Index, Index>;
std::string line(const Sum& s) {
  return std::to_string(s.first) + '+' + std::to_string(s.second) + '=' + std::to_string(s.first + s.second) + '\n';
}

/// Characters by their numbers, and those that follow them; both [N, T].
struct Batch {
  Tensor<Index> characters, next;

  explicit Batch(const std::vector<Sum>& sums)
      : characters({static_cast<Index>(sums.size()), longest}), next(Tensor<Index>::full(characters.shape(), -100)) {
    for (Index n = 0; n < characters.size(0); ++n) {  // cross_entropy leaves out -100, what is behind the end of a line
      Index before = 0, t = 0;
      for (const char c : line(sums[static_cast<std::size_t>(n)])) {
        characters(n, t) = before;
        next(n, t++) = before = number(c);
      }
    }
  }
};

/// What each character is, and where, two layers that see what is before it, and what they expect behind it.
struct Transformer {
  nn::Embedding<> token, position;
  nn::TransformerEncoderLayer<> first, second;
  nn::LayerNorm<> norm;
  nn::Linear<> head;

  explicit Transformer(Rng& rng)
      : token({.embeddings = letters, .embedding_dim = 64}, rng),
        position({.embeddings = longest, .embedding_dim = 64}, rng),
        first({.embed_dim = 64, .heads = 4, .feedforward = 256, .dropout = 0, .norm_first = true}, rng),
        second(first.options, rng),
        norm({.normalized_shape = {64}}),
        head({.in = 64, .out = letters}, rng) {}

  /// Characters [N, T] -> logits of those that follow [N, T, 13]
  Variable<float> operator()(const Tensor<Index>& characters) const {
    Tensor<Index> places({characters.size(1)});
    for (Index t = 0; t < places.numel(); ++t) places(t) = t;
    const Variable<float> x = token(characters) + position(places);
    return head(norm(second(first(x, {.causal = true}), {.causal = true})));
  }

  template <class F>
  void visit(F&& f) const {
    f("token", token);
    f("position", position);
    f("first", first);
    f("second", second);
    f("norm", norm);
    f("head", head);
  }
};

/// The share of sums whose digits, and their end, are all the likeliest.
double right_sums(const Transformer& model, const std::vector<Sum>& sums) {
  const NoGrad no_grad;
  const Batch batch(sums);
  const Tensor<std::int64_t> guess = argmax(model(batch.characters).value(), 2);
  Index right = 0;
  for (Index n = 0; n < guess.size(0); ++n) {
    bool same = true;
    for (Index t = static_cast<Index>(line(sums[static_cast<std::size_t>(n)]).find('=')) + 1; t < longest; ++t)
      same &= batch.next(n, t) < 0 || guess(n, t) == batch.next(n, t);
    right += same;
  }
  return static_cast<double>(right) / static_cast<double>(sums.size());
}

/// A line of the model's own: each character is drawn with the probability that the model gives it.
std::string write(const Transformer& model, Rng& rng) {
  const NoGrad no_grad;
  std::string text = "\n";
  do {
    Tensor<Index> characters({1, static_cast<Index>(text.size())});
    std::ranges::transform(text, characters.data(), number);
    const Tensor<float> probabilities = softmax(model(characters), 2).value();
    float left = rng.uniform<float>();
    Index next = 0;
    while (next < letters - 1 && (left -= probabilities(0, characters.size(1) - 1, next)) >= 0) ++next;
    text += alphabet[static_cast<std::size_t>(next)];
  } while (text.back() != '\n' && static_cast<Index>(text.size()) <= longest);
  return text.substr(1);
}

int main(int argc, char** argv) {
  const Index steps = argc > 1 ? std::atoi(argv[1]) : 1500;
  Rng rng(1), order(1, 1);
  std::vector<Sum> known, kept_back;  // the last for the test, one in ten
  for (Index a = 0; a < 100; ++a)
    for (Index b = 0; b < 100; ++b) (order.below(10) > 0 ? known : kept_back).emplace_back(a, b);

  const Transformer model(rng);
  optim::AdamW optimizer(nn::parameters(model), {.weight_decay = 1e-2});
  const optim::CosineAnnealingLR schedule{.lr = 3e-3, .steps = steps + 1, .warmup = steps / 10};
  // Nobody can know which of the sums a line will be: that takes log(known.size()), shared by its characters.
  double characters = 0;
  for (const Sum& sum : known) characters += static_cast<double>(line(sum).size());
  const double sums_known = static_cast<double>(known.size());
  std::cout << nn::parameter_count(model) << " parameters, " << sums_known << " sums to learn from, of which the least "
            << "possible loss is " << std::log(sums_known) * sums_known / characters << '\n';
  for (Index step = 0; step < steps; ++step) {
    std::vector<Sum> sums(128);
    for (Sum& sum : sums) sum = known[order.below(static_cast<std::uint32_t>(known.size()))];
    const Batch batch(sums);
    const Variable<float> loss = cross_entropy(model(batch.characters), batch.next);
    optimizer.zero_grad();
    loss.backward();
    optim::clip_grad_norm(optimizer.parameters(), 1);
    optimizer.options.lr = schedule(step);
    optimizer.step();
    if ((step + 1) % std::max<Index>(steps / 5, 1) == 0)
      std::cout << "step " << step + 1 << ": loss " << loss.item() << ", " << 100 * right_sums(model, kept_back)
                << " % of the sums kept back are right" << std::endl;
  }
  std::cout << "it writes:\n";
  for (int i = 0; i < 10; ++i) std::cout << "  " << write(model, order);
}
