#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "latent/core/parallel.hpp"
#include "latent/core/tensor.hpp"

namespace latent {

/// One block of Philox 4x32-10: four random words from a counter and a key.
/// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// A stream of random numbers, fixed by seed and stream number; its whole state is those and a position.
/// Streams of one seed are independent of each other: give each purpose (weights, shuffling, noise) its own.
class Rng {
 public:
  /// At the beginning of a stream. The same seed and stream give the same words on every machine.
  explicit constexpr Rng(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  constexpr std::uint64_t seed() const { return seed_; }      ///< as given
  constexpr std::uint64_t stream() const { return stream_; }  ///< as given

  /// Number of 32-bit words drawn so far.
  constexpr std::uint64_t position() const { return position_; }
  /// Goes on from a position, earlier or later.
  constexpr void seek(std::uint64_t position) {
    position_ = position;
    if (position_ % 4) block_ = block_at(position_ / 4);
  }

  /// Its state, for a checkpoint.
  template <class F>
  void visit(F&& f) {
    f("seed", seed_), f("stream", stream_);
    f("position", position_, [this](std::uint64_t position) { seek(position); });
  }

  /// 32 random bits.
  constexpr std::uint32_t bits() {
    if (position_ % 4 == 0) block_ = block_at(position_ / 4);
    return block_[position_++ % 4];
  }

  /// Uniform in [0, 1): 24 random bits for float, 53 for double.
  template <Scalar T = float>
  constexpr T uniform() {
    if constexpr (sizeof(T) == 4) {
      return static_cast<T>(bits() >> 8) * T(0x1p-24);
    } else {
      const std::uint64_t high = bits() >> 5;
      const std::uint64_t low = bits() >> 6;
      return static_cast<T>((high << 26) | low) * T(0x1p-53);
    }
  }

  /// Uniform integer in [0, bound), bound being above 0, without bias (Lemire, "Fast random integer generation in an
  /// interval", 2019).
  constexpr std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t threshold = (0 - bound) % bound;
    for (;;) {
      const std::uint64_t product = std::uint64_t{bits()} * bound;
      if (static_cast<std::uint32_t>(product) >= threshold) return static_cast<std::uint32_t>(product >> 32);
    }
  }

  /// Fills a tensor with uniform numbers in [low, high).
  template <Scalar T>
  void fill_uniform(Tensor<T>& x, T low = 0, T high = 1) {
    each_piece(x, [=](Rng& rng, std::span<T> elements) {
      for (T& element : elements) element = low + (high - low) * rng.uniform<T>();
    });
  }

  /// Fills a tensor with normal numbers (Box and Muller, 1958; two numbers share one radius).
  template <Scalar T>
  void fill_normal(Tensor<T>& x, T mean = 0, T deviation = 1) {
    each_piece(x, [=](Rng& rng, std::span<T> elements) {
      for (std::size_t i = 0; i < elements.size(); i += 2) {
        const T radius = deviation * std::sqrt(T(-2) * std::log(T(1) - rng.uniform<T>()));
        const T angle = 2 * std::numbers::pi_v<T> * rng.uniform<T>();
        elements[i] = mean + radius * std::cos(angle);
        if (i + 1 < elements.size()) elements[i + 1] = mean + radius * std::sin(angle);
      }
    });
    if (x.numel() % 2 != 0) uniform<T>();  // the angle of the last one
  }

  /// A tensor of uniform numbers in [low, high).
  template <Scalar T = float>
  Tensor<T> uniform(const Shape& shape, T low = 0, T high = 1) {
    auto result = Tensor<T>::uninitialized(shape);
    fill_uniform(result, low, high);
    return result;
  }
  /// A tensor of normal numbers.
  template <Scalar T = float>
  Tensor<T> normal(const Shape& shape, T mean = 0, T deviation = 1) {
    auto result = Tensor<T>::uninitialized(shape);
    fill_normal(result, mean, deviation);
    return result;
  }

  /// Writes the numbers 0 to n - 1 in random order (Fisher and Yates). n is at most 2^32 - 1.
  void permutation(Index n, std::vector<Index>& order) {
    check_permutation(n);
    order.resize(static_cast<std::size_t>(n));
    permutation(order);
  }
  /// The same of as many numbers as there is room for.
  [[gnu::noinline]] void permutation(std::span<Index> order) {
    check_permutation(std::ssize(order));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(static_cast<std::uint32_t>(i))]);
  }

 private:
  static void check_permutation(Index n) {
    check<ValueError>(n >= 0 && n <= 0xFFFFFFFF, "permutation: 0 to 2^32 - 1 elements expected, got ", n);
  }

  /// Calls f(rng, elements) for pieces of x, on several threads: `rng` is where this stream is when all elements before
  /// have taken a number each, so the numbers are those of one thread.
  template <Scalar T, class F>
  void each_piece(Tensor<T>& x, F f) {
    constexpr std::uint64_t words = sizeof(T) / 4;  // of a number
    const std::span<T> elements = x.elements();
    parallel_pieces(x.numel(), 1024, 16, [&](Index first, Index last) {  // an even size, since normal ones are pairs
      Rng rng = *this;
      rng.seek(position_ + static_cast<std::uint64_t>(first) * words);
      f(rng, elements.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)));
    });
    seek(position_ + static_cast<std::uint64_t>(x.numel()) * words);
  }

  constexpr std::array<std::uint32_t, 4> block_at(std::uint64_t number) const {
    return philox({static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32),
                   static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                  {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
  }

  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> block_{};
};

}  // namespace latent
