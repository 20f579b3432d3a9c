#pragma once

#include <optional>

#include "latent/kernels/conv2d_transposed.hpp"
#include "latent/kernels/conv2d_weight_gradient.hpp"
#include "latent/kernels/reduce.hpp"

/// All gradients of a convolution or a transposed one at once: each task takes some images through everything while
/// they are at hand.
namespace latent::kernels {

/// Gives the gradient of the convolution's result for `count` images from `first` on, where it is not kept but found
/// anew from that of what followed. A pointer to a function, so that convolutions are compiled without what may follow.
template <class T>
struct Conv2dUpstream {
  const void* object;
  void (*call)(const void* object, Index first, Index count, T* dz);
};

/// Upstream gradient, and the operands of the forward.
template <class T>
struct Conv2dOperands {
  const T* x;
  const T* weight;
  const T* y;  ///< of the forward, after its activation; read only if there is one
  const T* dy;
  Activation activation = Activation::none;
  const Conv2dUpstream<T>* upstream = nullptr;  ///< instead of y, dy and the activation
};

/// Where the gradients go.
template <class T>
struct Conv2dGradients {
  Target<T> x, weight, bias;
};

namespace detail {

/// What the gradients of a convolution need of some images, for one thread. dz is the gradient before the activation.
template <class T, class Transposed>
class Conv2dBackwardTask {
 public:
  /// `transposed` may be null where no gradient of x is wanted.
  Conv2dBackwardTask(const Conv2dSizes& s, const T* x, const Conv2dGradients<T>& d,
                     const Conv2dWeightGradient<T>& weight_gradient, const Transposed* transposed)
      : s_(s),
        x_(x),
        d_(d),
        weight_gradient_(weight_gradient),
        transposed_(transposed),
        padded_x_(d.weight ? input_padding(s) : Padding{}, weight_gradient.images()),
        padded_dz_(transposed ? transposed->padding() : Padding{}, 1) {}

  /// The images [first, first + count).
  void operator()(Index first, Index count, const T* dz, T* weight_sums) const {
    if (d_.weight) weight_gradient_.add(padded_x_(x_ + first * s_.x_size(), count), dz, count, weight_sums);
    if (!transposed_) return;
    for (Index n = 0; n < count; ++n)
      (*transposed_)(padded_dz_(dz + n * s_.y_size(), 1), Epilogue<T>{d_.x.mode},
                     d_.x.data + (first + n) * s_.x_size());
  }

 private:
  const Conv2dSizes& s_;
  const T* x_;
  const Conv2dGradients<T>& d_;
  const Conv2dWeightGradient<T>& weight_gradient_;
  const Transposed* transposed_;
  PaddedImages<T> padded_x_, padded_dz_;
};

/// The same for a transposed convolution, s being the sizes of the convolution from its result to its input x: there dz
/// is what the windows lie on.
template <class T>
class Conv2dTransposedBackwardTask {
 public:
  /// `convolution` may be null where no gradient of x is wanted.
  Conv2dTransposedBackwardTask(const Conv2dSizes& s, const T* x, const Conv2dGradients<T>& d,
                               const Conv2dWeightGradient<T>& weight_gradient, const PackedConv2d<T>* convolution)
      : s_(s),
        x_(x),
        d_(d),
        weight_gradient_(weight_gradient),
        convolution_(convolution),
        padded_dz_(input_padding(s), weight_gradient.images()) {}

  void operator()(Index first, Index count, const T* dz, T* weight_sums) const {
    const T* const padded = padded_dz_(dz, count);
    if (d_.weight) weight_gradient_.add(padded, x_ + first * s_.y_size(), count, weight_sums);
    if (!convolution_) return;
    const Index image = input_padding(s_).padded_size();
    for (Index n = 0; n < count; ++n)
      (*convolution_)(padded + n * image, Epilogue<T>{d_.x.mode}, d_.x.data + (first + n) * s_.y_size());
  }

 private:
  const Conv2dSizes& s_;
  const T* x_;
  const Conv2dGradients<T>& d_;
  const Conv2dWeightGradient<T>& weight_gradient_;
  const PackedConv2d<T>* convolution_;
  PaddedImages<T> padded_dz_;
};

/// What both backward functions have in common. `make_task()` gives each thread its task; `pixels` and `channels` are
/// those of the forward's result. Sums over images are added in the order of the images.
template <class T, class F>
void conv2d_backward_of_images(const Conv2dSizes& s, const Conv2dOperands<T>& in, const Conv2dGradients<T>& d,
                               Index pixels, Index channels, const Conv2dWeightGradient<T>& weight_gradient,
                               F make_task) {
  const Index chunk = std::max<Index>((s.n + 7) / 8, 1);
  const Index chunks = std::max<Index>((s.n + chunk - 1) / chunk, 1);  // one for an empty batch, whose sums are zero
  const Index size = pixels * channels;
  const Index sums_size = weight_gradient.size();
  const memory::Scratch<T> all_sums(chunks * sums_size);
  const memory::Scratch<double> all_bias_sums(chunks * channels);
  parallel_for(chunks, 2 * static_cast<double>(chunk) * s.work(), [&](Index index) {
    T* const weight_sums = all_sums.data() + index * sums_size;
    double* const bias_sums = all_bias_sums.data() + index * channels;
    std::fill_n(weight_sums, sums_size, T(0));
    std::fill_n(bias_sums, channels, 0.0);
    const bool activated = in.activation != Activation::none;
    const memory::Scratch<T> space(activated || in.upstream ? weight_gradient.images() * size : 0);
    const auto task = make_task();
    const Index end = std::min(s.n, (index + 1) * chunk);
    for (Index first = index * chunk; first < end; first += weight_gradient.images()) {
      const Index count = std::min(weight_gradient.images(), end - first);
      const T* dz = space.data();
      if (in.upstream)
        in.upstream->call(in.upstream->object, first, count, space.data());
      else if (activated)
        activation_backward(in.activation, count * size, in.dy + first * size, in.y + first * size, space.data());
      else
        dz = in.dy + first * size;
      if (d.bias) sum_columns(count * pixels, channels, dz, bias_sums);
      task(first, count, dz, weight_sums);
    }
  });
  T* const total = all_sums.data();
  for (Index index = 1; index < chunks; ++index)
    copy(sums_size, total + index * sums_size, total, WriteMode::accumulate);
  if (d.weight) weight_gradient.finish(total, d.weight);
  if (!d.bias) return;
  double* const bias = all_bias_sums.data();
  for (Index index = 1; index < chunks; ++index) copy(channels, bias + index * channels, bias, WriteMode::accumulate);
  store_sums(channels, bias, d.bias);
}

}  // namespace detail

/// Gradients of y = activation(conv(x, weight) + bias).
template <class T>
void conv2d_backward(const Conv2dSizes& s, const Conv2dOperands<T>& in, const Conv2dGradients<T>& d) {
  const detail::Conv2dWeightGradient<T> weight_gradient(s);
  const auto run = [&]<class Transposed>(const Transposed* transposed) {
    detail::conv2d_backward_of_images(s, in, d, s.oh * s.ow, s.o, weight_gradient, [&] {
      return detail::Conv2dBackwardTask<T, Transposed>(s, in.x, d, weight_gradient, transposed);
    });
  };
  if (d.x) {
    detail::with_transposed(s, in.weight, [&](const auto& transposed) { run(&transposed); });
  } else {
    run(static_cast<const detail::PackedConv2dTransposed<T>*>(nullptr));
  }
}

/// Gradients of y = activation(conv_transpose(x, weight) + bias), where s are the sizes of the convolution from y to x.
template <class T>
void conv2d_transposed_backward(const Conv2dSizes& s, const Conv2dOperands<T>& in, const Conv2dGradients<T>& d) {
  const detail::Conv2dWeightGradient<T> weight_gradient(s);
  std::optional<detail::PackedConv2d<T>> convolution;
  if (d.x) convolution.emplace(s, in.weight);
  detail::conv2d_backward_of_images(s, in, d, s.h * s.w, s.c, weight_gradient, [&] {
    return detail::Conv2dTransposedBackwardTask<T>(s, in.x, d, weight_gradient, convolution ? &*convolution : nullptr);
  });
}

}  // namespace latent::kernels
