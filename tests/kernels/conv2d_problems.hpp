#pragma once

#include "../reference.hpp"

// Convolutions to try the kernels on.

namespace conv2d_problems {

using namespace latent;
using kernels::Conv2dSizes;

/// Convolutions of many kinds; the output size follows from the others.
inline std::vector<Conv2dSizes> many_sizes() {
  std::vector<Conv2dSizes> result;
  const auto add = [&](Conv2dSizes s) {
    s.oh = (s.h + 2 * s.padding_h - s.dilation_h * (s.kh - 1) - 1) / s.stride_h + 1;
    s.ow = (s.w + 2 * s.padding_w - s.dilation_w * (s.kw - 1) - 1) / s.stride_w + 1;
    result.push_back(s);
  };
  for (Index c : {1, 3, 8})
    for (Index o : {1, 7, 16, 33, 40})
      for (Index stride : {1, 2, 3})
        for (Index dilation : {1, 2})
          add({.n = 2,
               .h = 9,
               .w = 11,
               .c = c,
               .oh = 0,
               .ow = 0,
               .o = o,
               .kh = 3,
               .kw = 3,
               .stride_h = stride,
               .stride_w = stride,
               .padding_h = 1,
               .padding_w = 1,
               .dilation_h = dilation,
               .dilation_w = dilation});
  // Kernels that are not square, larger than the stride, smaller than it, single, larger than the padding needs.
  add({.n = 3,
       .h = 7,
       .w = 8,
       .c = 4,
       .oh = 0,
       .ow = 0,
       .o = 6,
       .kh = 1,
       .kw = 5,
       .stride_h = 2,
       .stride_w = 1,
       .padding_h = 0,
       .padding_w = 3});
  add({.n = 1,
       .h = 10,
       .w = 9,
       .c = 2,
       .oh = 0,
       .ow = 0,
       .o = 5,
       .kh = 4,
       .kw = 2,
       .stride_h = 3,
       .stride_w = 2,
       .padding_h = 2,
       .padding_w = 0,
       .dilation_h = 2,
       .dilation_w = 3});
  add({.n = 9, .h = 5, .w = 5, .c = 17, .oh = 0, .ow = 0, .o = 18, .kh = 1, .kw = 1});
  add({.n = 1, .h = 6, .w = 6, .c = 3, .oh = 0, .ow = 0, .o = 3, .kh = 1, .kw = 1, .stride_h = 3, .stride_w = 2});
  add({.n = 2,
       .h = 5,
       .w = 5,
       .c = 3,
       .oh = 0,
       .ow = 0,
       .o = 4,
       .kh = 5,
       .kw = 5,
       .stride_h = 2,
       .stride_w = 2,
       .padding_h = 4,
       .padding_w = 3});
  // Groups, down to one channel each.
  for (Index groups : {2, 3, 6})
    add({.n = 2,
         .h = 6,
         .w = 7,
         .c = 6,
         .oh = 0,
         .ow = 0,
         .o = 12,
         .kh = 3,
         .kw = 2,
         .stride_h = 2,
         .stride_w = 1,
         .padding_h = 1,
         .padding_w = 1,
         .groups = groups});
  // Two groups that fill a register together, of any width.
  for (Index o : {2, 4, 8, 16, 32})
    add({.n = 2, .h = 5, .w = 4, .c = 4, .oh = 0, .ow = 0, .o = o, .kh = 2, .kw = 3, .padding_w = 1, .groups = 2});
  add({.n = 20, .h = 4, .w = 4, .c = 2, .oh = 0, .ow = 0, .o = 80, .kh = 2, .kw = 2, .groups = 2});
  return result;
}

template <Scalar T>
struct Problem {
  Conv2dSizes s;
  Tensor<T> x, weight, y;

  explicit Problem(const Conv2dSizes& sizes)
      : s(sizes),
        x(reference::random<T>({s.n, s.h, s.w, s.c}, 1)),
        weight(reference::random<T>({s.o, s.c / s.groups, s.kh, s.kw}, 2)),
        y(reference::random<T>({s.n, s.oh, s.ow, s.o}, 3)) {}
};

}  // namespace conv2d_problems
