#pragma once

#include "latent/kernels/conv2d_backward.hpp"
#include "latent/kernels/max_pool2d.hpp"

/// The backward of a convolution below ReLU and max pooling, from what is not zero alone: of 2 x 2 windows a quarter of
/// the pixels at most, and there only channels whose largest is positive.
namespace latent::kernels::detail {

/// A gradient of one channel that is not zero.
template <class T>
struct SparseGradient {
  Index window;  ///< where the window of its pixel begins in the padded image
  T dz;
};

/// sums += dz x and dx += dz weight, on a run of `Count` registers of each window. In one loop, as the one waits for
/// multiply-adds and the other for stores.
template <Index Count, class T>
[[gnu::noinline]] void add_windows(const SparseGradient<T>* from, Index count, const T* x, const T* weight, T* sums,
                                   T* dx) {
  detail::Array<Vector<T>, Count> total = {}, factors;
  unroll<Count>([&](Index r) { factors[r] = load(weight + r * lanes<T>); });
  for (Index i = 0; i < count; ++i) {
    const T* const at = x + from[i].window;
    T* const to = dx + from[i].window;
    const T dz = from[i].dz;
    unroll<Count>([&](Index r) {
      total[r] += dz * load(at + r * lanes<T>);
      store(to + r * lanes<T>, load(to + r * lanes<T>) + dz * factors[r]);
    });
  }
  unroll<Count>([&](Index r) { store(sums + r * lanes<T>, load(sums + r * lanes<T>) + total[r]); });
}

/// Channel after channel, the gradients that are not zero are listed, and their windows of x, whole registers in each
/// line, are added to the gradient of the channel's weight, and the weight to their windows of dx.
template <class T>
class Conv2dSparseBackward {
 public:
  /// Whether it is the faster way, and whether its loops are made for it: registers fill the lines of a window.
  static bool applicable(const Conv2dSizes& s, const MaxPool2dSizes& pooling) {
    return !narrow_products<T>() && s.groups == 1 && s.dilation_w == 1 && s.kw * s.c % lanes<T> == 0 &&
           2 * pooling.oh * pooling.ow <= s.oh * s.ow;
  }

  Conv2dSparseBackward(const Conv2dSizes& s, const MaxPool2dSizes& pooling, const T* weight)
      : s_(s),
        pooling_(pooling),
        padding_(input_padding(s)),
        windows_(pixel_offsets(s)),
        weight_(static_cast<std::size_t>(s.o * s.window())) {
    each_weight([&](Index ours, Index theirs) { weight_[static_cast<std::size_t>(ours)] = weight[theirs]; });
  }

  /// Gradients of y = max_pool2d(relu(conv2d(x, weight) + bias)). Sums over images are added in their order.
  void operator()(const T* x, const T* dy, const std::int32_t* index, const Conv2dGradients<T>& d) const {
    const Index chunk = std::max<Index>((s_.n + 7) / 8, 1), chunks = std::max<Index>((s_.n + chunk - 1) / chunk, 1);
    const Index size = s_.o * s_.window(), pooled = pooling_.oh * pooling_.ow * s_.o;
    const memory::Scratch<T> all_sums(chunks * size);
    const memory::Scratch<double> all_bias_sums(chunks * s_.o);
    std::fill_n(all_sums.data(), chunks * size, T(0));
    std::fill_n(all_bias_sums.data(), chunks * s_.o, 0.0);
    parallel_for(chunks, static_cast<double>(chunk) * s_.work(), [&](Index part) {
      const PaddedImages<T> padded(padding_, 1);
      const memory::Scratch<T> dx(padding_.padded_size());
      for (Index n = part * chunk; n < std::min(s_.n, (part + 1) * chunk); ++n) {
        std::fill_n(dx.data(), padding_.padded_size(), T(0));
        image(padded(x + n * s_.x_size(), 1), dy + n * pooled, index + n * pooled, all_sums.data() + part * size,
              all_bias_sums.data() + part * s_.o, dx.data());
        if (d.x) store_image(dx.data(), {d.x.data + n * s_.x_size(), d.x.mode});
      }
    });
    T* const sums = all_sums.data();
    double* const bias_sums = all_bias_sums.data();
    for (Index part = 1; part < chunks; ++part) {
      copy(size, sums + part * size, sums, WriteMode::accumulate);
      copy(s_.o, bias_sums + part * s_.o, bias_sums, WriteMode::accumulate);
    }
    if (d.weight)
      each_weight([&](Index ours, Index theirs) {
        T& to = d.weight.data[theirs];
        to = sums[ours] + (d.weight.mode == WriteMode::accumulate ? to : T(0));
      });
    if (d.bias) store_sums(s_.o, bias_sums, d.bias);
  }

 private:
  static constexpr Index most_registers = 6;  // of a run: as many sums and weights leave room in 16 registers

  /// Calls f with the place of each weight here, [O, KH, KW, C], and in the weights, [O, C, KH, KW].
  template <class F>
  void each_weight(F f) const {
    Index ours = 0;
    for (Index o = 0; o < s_.o; ++o)
      for (Index tap = 0; tap < s_.taps(); ++tap)
        for (Index c = 0; c < s_.c; ++c) f(ours++, (o * s_.c + c) * s_.taps() + tap);
  }

  /// Adds one image to the sums, and to its padded dx.
  void image(const T* x, const T* dy, const std::int32_t* index, T* sums, double* bias_sums, T* dx) const {
    // Some lines at a time: what they touch of a large image stays in the cache for all channels, and sums are short.
    const Index lines = std::max<Index>(64 / std::max<Index>(pooling_.ow, 1), 1);
    const memory::Scratch<SparseGradient<T>> list(lines * pooling_.ow);
    for (Index line = 0; line < pooling_.oh; line += lines) {
      const Index first = line * pooling_.ow, last = std::min(line + lines, pooling_.oh) * pooling_.ow;
      for (Index o = 0; o < s_.o; ++o) {
        Index count = 0;
        double sum = 0;
        for (Index i = first * s_.o + o; i < last * s_.o; i += s_.o) {
          const bool some = index[i] >= 0;
          list[count] = {windows_[static_cast<std::size_t>(some ? index[i] : 0)], dy[i]};
          sum += some ? static_cast<double>(dy[i]) : 0;
          count += some;
        }
        bias_sums[o] += sum;
        channel(o, list.data(), count, x, sums, dx);
      }
    }
  }

  void channel(Index o, const SparseGradient<T>* list, Index count, const T* x, T* sums, T* dx) const {
    const Index line = s_.kw * s_.c;
    for (Index kh = 0; kh < s_.kh; ++kh) {
      const Index run = (o * s_.kh + kh) * line, at = kh * s_.dilation_h * padding_.padded_w * s_.c;
      for (Index i = 0; i < line; i += most_registers * lanes<T>)
        unroll_with_constants<most_registers>([&](auto r) {
          if (std::min(most_registers, (line - i) / lanes<T>) == r + 1)
            add_windows<r + 1>(list, count, x + at + i, weight_.data() + run + i, sums + run + i, dx + at + i);
        });
    }
  }

  void store_image(const T* padded, const Target<T>& dx) const {
    const Index line = s_.w * s_.c;
    for (Index i = 0; i < s_.h; ++i)
      copy(line, padded + ((padding_.top + i) * padding_.padded_w + padding_.left) * s_.c, dx.data + i * line, dx.mode);
  }

  Conv2dSizes s_;
  MaxPool2dSizes pooling_;
  Padding padding_;
  Buffer<Index> windows_;
  Buffer<T> weight_;  // [O, KH, KW, C]
};

}  // namespace latent::kernels::detail
