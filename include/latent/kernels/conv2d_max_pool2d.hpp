#pragma once

#include "latent/kernels/conv2d_sparse_backward.hpp"

/// A convolution, ReLU and max pooling, image by image: what lies between them stays in the cache, and is a few images
/// large instead of a whole batch. ReLU goes over what pooling leaves of an image.
namespace latent::kernels {

/// y = max_pool2d(relu(conv2d(x, weight) + bias)), index = where it stands in its image, or -1 where y is 0
/// `pooling` is that of one image, whose channels are those of the convolution's result; bias [Out] or null.
template <class T>
void conv2d_max_pool2d(const Conv2dSizes& s, const MaxPool2dSizes& pooling, const T* x, const T* weight, const T* bias,
                       T* y, std::int32_t* index) {
  const Index size = pooling.oh * pooling.ow * pooling.c;
  const auto pool = [&](Index n, const T* image) {
    max_pool2d(pooling, image, y + n * size, index + n * size, std::true_type{});
  };
  detail::with_packed<detail::PackedConv2d<T>>(s, weight, [&](const detail::PackedConv2d<T>& packed) {
    if (detail::shares_pixels(s)) {
      const memory::Scratch<T> images(s.n * s.y_size());
      detail::each_piece(packed, s, x, {.bias = bias}, images.data());
      for (Index n = 0; n < s.n; ++n) pool(n, images.data() + n * s.y_size());
      return;
    }
    parallel_pieces(s.n, detail::images_of_task(s.n), s.work(), [&](Index first, Index last) {
      const detail::PaddedImages<T> padded(packed.padding(), 1);
      const memory::Scratch<T> image(s.y_size());
      for (Index n = first; n < last; ++n) {
        packed(padded(x + n * s.x_size(), 1), {.bias = bias}, image.data());
        pool(n, image.data());
      }
    });
  });
}

/// Gradients of y = max_pool2d(relu(conv2d(x, weight) + bias)), from dy and the places that the forward has found.
template <class T>
void conv2d_max_pool2d_backward(const Conv2dSizes& s, const MaxPool2dSizes& pooling, const T* x, const T* weight,
                                const T* dy, const std::int32_t* index, const Conv2dGradients<T>& d) {
  // Zero times what is not finite is NaN, which only the dense way finds.
  if (detail::Conv2dSparseBackward<T>::applicable(s, pooling) && all_finite(s.o * s.window(), weight) &&
      all_finite(s.n * s.x_size(), x))
    return detail::Conv2dSparseBackward<T>(s, pooling, weight)(x, dy, index, d);
  const auto unpool = [&pooling, dy, index, size = pooling.oh * pooling.ow * pooling.c](Index first, Index count,
                                                                                        T* dz) {
    MaxPool2dSizes images = pooling;
    images.n = count;
    max_pool2d_backward(images, dy + first * size, index + first * size, Target<T>{dz});
  };
  const Conv2dUpstream<T> upstream{&unpool, [](const void* object, Index first, Index count, T* dz) {
                                     (*static_cast<decltype(&unpool)>(object))(first, count, dz);
                                   }};
  conv2d_backward<T>(s, {.x = x, .weight = weight, .y = nullptr, .dy = nullptr, .upstream = &upstream}, d);
}

}  // namespace latent::kernels
