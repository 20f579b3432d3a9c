#pragma once

#include "latent/kernels/elementwise.hpp"

/// Dropout without an array of what is kept: random numbers are counted, so the backward pass makes them again.
namespace latent::kernels {

/// Elements whose random words are made together: the 4 words of 16 blocks. Element i has word i / 16 % 4 of block
/// i / 64 * 16 + i % 16, so that each word of neighbouring blocks fills a register, however wide that is.
inline constexpr Index dropout_group = 64;

/// Which elements are dropped, and by what the others are multiplied.
struct Dropout {
  std::uint64_t seed, stream;  ///< of the random numbers
  std::uint64_t first_block;   ///< of 4 words, in the stream
  std::uint32_t threshold;     ///< elements with smaller words are dropped
  double scale;                ///< of the kept ones

  /// Words of the stream that n elements take, a multiple of 4.
  static constexpr std::uint64_t words(Index n) {
    return static_cast<std::uint64_t>((n + dropout_group - 1) / dropout_group * dropout_group);
  }
};

namespace detail {

/// The random words of a group of elements: philox() of 16 blocks, in 64-bit lanes whose upper halves do not count.
inline void random_words(const Dropout& d, Index group, std::uint32_t* words) {
  using Words = Vector<std::uint64_t>;
  constexpr Index width = lanes<std::uint64_t>;
  constexpr Index blocks = dropout_group / 4;
  for (Index block = 0; block < blocks; block += width) {
    Words counter{};
    for (Index lane = 0; lane < width; ++lane)
      counter[lane] = d.first_block + static_cast<std::uint64_t>(group * blocks + block + lane);
    Words word[4] = {counter, counter >> 32, Words{} + d.stream, Words{} + (d.stream >> 32)};
    Words key[2] = {Words{} + d.seed, Words{} + (d.seed >> 32)};
    const Words multiplier[2] = {Words{} + 0xD2511F53, Words{} + 0xCD9E8D57};
    for (int round = 0; round < 10; ++round) {
      const Words product0 = multiply_halves(word[0], multiplier[0]);
      const Words product1 = multiply_halves(word[2], multiplier[1]);
      word[0] = (product1 >> 32) ^ word[1] ^ key[0];
      word[1] = product1;
      word[2] = (product0 >> 32) ^ word[3] ^ key[1];
      word[3] = product0;
      key[0] += 0x9E3779B9;
      key[1] += 0xBB67AE85;
    }
    unroll<4>([&](Index w) {
      typedef std::uint32_t LowerHalves __attribute__((vector_size(vector_bytes / 2)));
      const LowerHalves halves = __builtin_convertvector(word[w], LowerHalves);
      std::memcpy(words + w * blocks + block, &halves, sizeof halves);
    });
  }
}

/// What the elements of a group are multiplied by: 0 or the scale.
template <class T>
void dropout_factors(const Dropout& d, Index group, T* factors) {
  std::uint32_t words[dropout_group];
  random_words(d, group, words);
  // In registers, since compilers make a branch of the choice, which processors guess wrongly.
  float kept[dropout_group];
  for (Index j = 0; j < dropout_group; j += lanes<float>) {
    const IntegerVector<float> chosen = load(words + j) >= d.threshold;
    store(kept + j, __builtin_convertvector(chosen & 1, Vector<float>));
  }
  for (Index j = 0; j < dropout_group; ++j) factors[j] = static_cast<T>(d.scale) * static_cast<T>(kept[j]);
}

}  // namespace detail

/// y (+)= scale x where an element is kept, 0 x where it is dropped, n elements. x may be y.
template <class T>
void dropout(Index n, const T* x, const Target<T>& y, const Dropout& d) {
  constexpr Index piece = elementwise_piece;
  static_assert(piece % dropout_group == 0);
  parallel_pieces(n, piece, 16, [&](Index first, Index last) {
    for (Index i = first; i < last; i += dropout_group) {
      T factors[dropout_group];
      detail::dropout_factors(d, i / dropout_group, factors);
      const Index count = std::min(dropout_group, last - i);
      for (Index j = 0; j < count; j += lanes<T>) {
        const Index width = std::min(lanes<T>, count - j);
        const Vector<T> result = load(x + i + j, width) * load(factors + j);
        T* const to = y.data + i + j;
        store(to, y.mode == WriteMode::overwrite ? result : load(to, width) + result, width);
      }
    }
  });
}

}  // namespace latent::kernels
