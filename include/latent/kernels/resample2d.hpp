#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "latent/core/memory.hpp"
#include "latent/core/parallel.hpp"
#include "latent/kernels/simd.hpp"
#include "latent/kernels/write_mode.hpp"

/// Images of other sizes, each pixel of which is a sum of weighted pixels: averages of windows and interpolation, and
/// their gradients, which are the same with the roles of inputs and outputs exchanged.
namespace latent::kernels {

/// An input pixel of an output pixel.
template <class T>
struct ResamplingTap {
  Index input;  ///< number of the pixel
  T weight;     ///< what it is multiplied by
};

/// What one direction of an image becomes: output i is the sum over its taps of weight x[input], divided by its
/// divisor.
template <class T>
class Resampling {
 public:
  using Tap = ResamplingTap<T>;  ///< of an output

  /// Of so many inputs, before any output is finished; the other numbers are for the memory only.
  Resampling(Index inputs, Index outputs, Index taps_of_output) : inputs_(inputs) {
    ends_.reserve(static_cast<std::size_t>(outputs));
    divisors_.reserve(static_cast<std::size_t>(outputs));
    taps_.reserve(static_cast<std::size_t>(outputs * taps_of_output));
  }

  /// A tap of the output that is next to be finished.
  void add_tap(Index input, T weight) { taps_.push_back({input, weight}); }
  /// The taps so far are the output's, whose sum is divided by `divisor`.
  void finish_output(T divisor = 1) {
    ends_.push_back(std::ssize(taps_));
    divisors_.push_back(divisor);
    divides_ = divides_ || divisor != 1;
  }

  /// The same divisor for all.
  void set_divisor(T divisor) {
    divisors_.assign(divisors_.size(), divisor);
    divides_ = divisor != 1;
  }

  Index inputs() const { return inputs_; }                                     ///< pixels of x
  Index outputs() const { return std::ssize(ends_); }                          ///< pixels of y
  T divisor(Index i) const { return divisors_[static_cast<std::size_t>(i)]; }  ///< of output i
  bool divides() const { return divides_; }                                    ///< whether a divisor is not 1

  /// Those of output i.
  std::span<const Tap> taps(Index i) const {
    const Index begin = i ? ends_[static_cast<std::size_t>(i - 1)] : 0;
    return {taps_.data() + begin, static_cast<std::size_t>(ends_[static_cast<std::size_t>(i)] - begin)};
  }
  /// Whether output i is the one before it again.
  bool repeats(Index i) const {
    if (i == 0 || divisor(i) != divisor(i - 1)) return false;
    const auto same = [](const Tap& a, const Tap& b) { return a.input == b.input && a.weight == b.weight; };
    return std::ranges::equal(taps(i), taps(i - 1), same);
  }
  /// On an average.
  double taps_of_output() const { return static_cast<double>(taps_.size()) / static_cast<double>(ends_.size() + 1); }

  /// What the gradient goes through: every input has the outputs that it is a tap of, in their order.
  Resampling transposed() const {
    std::vector<Index, memory::Allocator<Index>> next(static_cast<std::size_t>(inputs_ + 1), 0);
    for (const Tap& tap : taps_) ++next[static_cast<std::size_t>(tap.input + 1)];
    for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
    Resampling result(outputs(), inputs_, 0);
    for (std::size_t i = 1; i < next.size(); ++i) result.ends_.push_back(next[i]);
    result.divisors_.assign(result.ends_.size(), 1);
    result.taps_.resize(taps_.size());
    for (Index i = 0; i < outputs(); ++i)
      for (const Tap& tap : taps(i)) {
        Index& place = next[static_cast<std::size_t>(tap.input)];
        result.taps_[static_cast<std::size_t>(place++)] = {i, tap.weight / divisor(i)};
      }
    return result;
  }

 private:
  Index inputs_;
  std::vector<Tap, memory::Allocator<Tap>> taps_;
  std::vector<Index, memory::Allocator<Index>> ends_;  ///< of each output's taps
  std::vector<T, memory::Allocator<T>> divisors_;
  bool divides_ = false;
};

namespace detail {

template <Index Count, class T>
using Registers = std::array<Vector<T>, static_cast<std::size_t>(Count)>;

/// Up to so many taps are added up in T, more go on in double.
inline constexpr Index most_taps = 32;

/// Registers of sums over the taps of weight x[input stride + ..].
template <Index Count, class T>
__attribute__((always_inline)) inline Registers<Count, T> sum_taps(std::span<const ResamplingTap<T>> taps, const T* x,
                                                                   Index stride) {
  Registers<Count, T> sums{};
  for (const ResamplingTap<T>& tap : taps) {
    const T* const from = x + tap.input * stride;
    unroll<Count>([&](Index r) __attribute__((always_inline)) { sums[r] += tap.weight * load(from + r * lanes<T>); });
  }
  return sums;
}

/// The same for many taps.
template <Index Count, class T>
[[gnu::noinline]] Registers<Count, T> sum_many_taps(std::span<const ResamplingTap<T>> taps, const T* x, Index stride) {
  double total[Count * lanes<T>] = {};
  T sums[Count * lanes<T>];
  while (!taps.empty()) {
    const std::size_t first = std::min(taps.size(), static_cast<std::size_t>(most_taps));
    const auto some = sum_taps<Count, T>(taps.first(first), x, stride);
    std::memcpy(sums, &some, sizeof sums);
    for (Index lane = 0; lane < Count * lanes<T>; ++lane) total[lane] += static_cast<double>(sums[lane]);
    taps = taps.subspan(first);
  }
  for (Index lane = 0; lane < Count * lanes<T>; ++lane) sums[lane] = static_cast<T>(total[lane]);
  Registers<Count, T> result;
  std::memcpy(&result, sums, sizeof sums);
  return result;
}

/// The sums of `Count` registers, however many taps there are.
template <Index Count, class T>
__attribute__((always_inline)) inline Registers<Count, T> sum_block(std::span<const ResamplingTap<T>> taps, const T* x,
                                                                    Index stride) {
  return std::ssize(taps) <= most_taps ? sum_taps<Count, T>(taps, x, stride) : sum_many_taps<Count, T>(taps, x, stride);
}

/// sums[v] = the sum over the taps of weight x[input width + v], v < width
template <class T>
[[gnu::noinline]] void sum_lines(std::span<const ResamplingTap<T>> taps, const T* x, Index width, T* sums) {
  const auto block = [=]<Index Count>(std::integral_constant<Index, Count>, Index v) __attribute__((always_inline)) {
    const auto all = sum_block<Count, T>(taps, x + v, width);
    unroll<Count>([&](Index r) __attribute__((always_inline)) { store(sums + v + r * lanes<T>, all[r]); });
  };
  Index v = 0;
  for (; v + 4 * lanes<T> <= width; v += 4 * lanes<T>) block(std::integral_constant<Index, 4>{}, v);
  for (; v + lanes<T> <= width; v += lanes<T>) block(std::integral_constant<Index, 1>{}, v);
  if (v < width && width >= lanes<T>) return block(std::integral_constant<Index, 1>{}, width - lanes<T>);
  for (; v < width; ++v) {
    double sum = 0;
    for (const ResamplingTap<T>& tap : taps)
      sum += static_cast<double>(tap.weight) * static_cast<double>(x[tap.input * width + v]);
    sums[v] = static_cast<T>(sum);
  }
}

/// For `Count` registers of channels of all pixels of a line: to[j c + v] = the sum over the taps of column j of
/// weight sums[input c + v], over both divisors if there are any. Of the last pixel `count` lanes are written; behind
/// the channels of others is the next one, which is to be written later.
template <Index Count, class T>
[[gnu::noinline]] void sum_pixels(const Resampling<T>& columns, const T* sums, Index c, const T* row_divisor, T* to,
                                  Index count) {
  const auto pixel = [&](Index j, T * out) __attribute__((always_inline)) {
    auto all = sum_block<Count, T>(columns.taps(j), sums, c);
    if (row_divisor) {
      const T divisor = *row_divisor * columns.divisor(j);
      unroll<Count>([&](Index r) { all[r] /= divisor; });
    }
    unroll<Count>([&](Index r) { store(out + r * lanes<T>, all[r]); });
  };
  const Index spill = (Count * lanes<T> - count + c - 1) / c;  // pixels that the registers of one may reach beyond it
  const Index whole = std::max<Index>(columns.outputs() - spill, 0);
  for (Index j = 0; j < whole; ++j) pixel(j, to + j * c);
  for (Index j = whole; j < columns.outputs(); ++j) {
    T last[Count * lanes<T>];
    pixel(j, last);
    std::copy_n(last, count, to + j * c);
  }
}

}  // namespace detail

/// y[n, i, j, c] (+)= sum over the taps of row i and column j of their weights x[n, h, w, c], divided by both divisors
/// x [N, rows' inputs, columns' inputs, C], y [N, rows' outputs, columns' outputs, C]
template <class T>
void resample2d(Index n, Index c, const Resampling<T>& rows, const Resampling<T>& columns, const T* x,
                const Target<T>& y) {
  const Index width = columns.inputs() * c, out_width = columns.outputs() * c;
  if (out_width == 0) return;
  const bool divides = rows.divides() || columns.divides();
  constexpr Index block = 4 * lanes<T>;
  const auto pixels = [&](const T* sums, const T* row_divisor, T* to) {
    // From the last channels to the first, for what a register writes beyond a pixel.
    for (Index channel = (c - 1) / block * block; channel >= 0; channel -= block) {
      const Index count = std::min(block, c - channel);
      const auto f = count > 2 * lanes<T> ? &detail::sum_pixels<4, T>
                     : count > lanes<T>   ? &detail::sum_pixels<2, T>
                                          : &detail::sum_pixels<1, T>;
      f(columns, sums + channel, c, row_divisor, to + channel, count);
    }
  };
  const Index lines = std::max<Index>(1, 4096 / out_width);
  const double work =
      static_cast<double>(width) * rows.taps_of_output() + static_cast<double>(out_width) * columns.taps_of_output();
  parallel_pieces(n * rows.outputs(), lines, work, [&](Index first, Index last) {
    const bool adds = y.mode == WriteMode::accumulate;
    const memory::Scratch<T> sums(width + block), added(adds ? out_width : 0);
    for (Index line = first; line < last; ++line) {
      const Index i = line % rows.outputs();
      T* const to = y.data + line * out_width;
      T* const result = adds ? added.data() : to;
      if (line > first && rows.repeats(i)) {
        if (!adds) std::copy_n(to - out_width, out_width, to);
      } else {
        // Whole lines of x first, in which channels do not matter.
        detail::sum_lines(rows.taps(i), x + line / rows.outputs() * rows.inputs() * width, width, sums.data());
        const T divisor = rows.divisor(i);
        pixels(sums.data(), divides ? &divisor : nullptr, result);
      }
      if (adds)
        for (Index v = 0; v < out_width; ++v) to[v] += result[v];
    }
  });
}

}  // namespace latent::kernels
