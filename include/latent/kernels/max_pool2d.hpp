#pragma once

#include <cstdint>

#include "latent/kernels/parallel.hpp"
#include "latent/kernels/simd.hpp"

namespace latent::kernels {

/// x [N, H, W, C] -> y [N, OH, OW, C]; padding is never the largest.
struct MaxPool2dSizes {
  Index n, h, w, c;
  Index oh, ow;
  Index kh, kw;
  Index stride_h, stride_w;
  Index padding_h = 0, padding_w = 0;
  Index dilation_h = 1, dilation_w = 1;
};

/// y = the largest of each window, index = where it stands in its image: row * W + column. Of equals the first
/// counts; NaN is larger than everything.
template <class T>
void max_pool2d(const MaxPool2dSizes& s, const T* x, T* y, std::int32_t* index) {
  parallel_for(s.n * s.oh, static_cast<double>(s.ow * s.c * s.kh * s.kw), [&](Index row) {
    const T* image = x + row / s.oh * s.h * s.w * s.c;
    const Index top = row % s.oh * s.stride_h - s.padding_h;
    for (Index j = 0; j < s.ow; ++j) {
      const Index left = j * s.stride_w - s.padding_w;
      for (Index c = 0; c < s.c; c += lanes<T>) {
        const Index count = std::min(lanes<T>, s.c - c);
        Vector<T> best{};
        IntegerVector<T> where = IntegerVector<T>{} - 1;  // none yet
        for (Index kh = 0; kh < s.kh; ++kh) {
          const Index h = top + kh * s.dilation_h;
          if (h < 0 || h >= s.h) continue;
          for (Index kw = 0; kw < s.kw; ++kw) {
            const Index w = left + kw * s.dilation_w;
            if (w < 0 || w >= s.w) continue;
            const Vector<T> value = load(image + (h * s.w + w) * s.c + c, count);
            const auto larger = (value > best) | (value != value) | (where < 0);
            best = larger ? value : best;
            where = larger ? IntegerVector<T>{} + static_cast<IntegerOf<T>>(h * s.w + w) : where;
          }
        }
        const Index at = (row * s.ow + j) * s.c + c;
        store(y + at, best, count);
        for (Index lane = 0; lane < count; ++lane) index[at + lane] = static_cast<std::int32_t>(where[lane]);
      }
    }
  });
}

/// dx[index] += dy
template <class T>
void max_pool2d_backward(const MaxPool2dSizes& s, const T* dy, const std::int32_t* index, T* dx) {
  const Index pixels = s.oh * s.ow;
  parallel_for(s.n, static_cast<double>(pixels * s.c) * 4, [&](Index n) {
    T* image = dx + n * s.h * s.w * s.c;
    for (Index p = n * pixels; p < (n + 1) * pixels; ++p)
      for (Index c = 0; c < s.c; ++c) image[index[p * s.c + c] * s.c + c] += dy[p * s.c + c];
  });
}

}  // namespace latent::kernels
