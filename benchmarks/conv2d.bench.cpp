#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;
using kernels::Conv2dSizes;

/// A 3 x 3 convolution that keeps the size, or halves it with stride 2.
Conv2dSizes sizes(Index batch, Index side, Index in, Index out, Index stride = 1) {
  return {.n = batch,
          .h = side,
          .w = side,
          .c = in,
          .oh = side / stride,
          .ow = side / stride,
          .o = out,
          .kh = 3,
          .kw = 3,
          .stride_h = stride,
          .stride_w = stride,
          .padding_h = 1,
          .padding_w = 1};
}

struct Problem {
  Conv2dSizes s;
  Tensor<float> x = random({s.n, s.h, s.w, s.c}), weight = random({s.o, s.c, s.kh, s.kw}),
                y = random({s.n, s.oh, s.ow, s.o}), dx = x, dweight = weight, dy = y;
};

double flops(const Conv2dSizes& s) { return 2 * static_cast<double>(s.n) * s.work(); }

/// From x to y; the gradients of x and of the weight alone.
void add_convolution(const std::string& name, const Conv2dSizes& s, bool first = false) {
  add_flops(name + "/forward", flops(s), [=] {
    return [p = Problem{s}]() mutable {
      kernels::conv2d<float>(p.s, std::as_const(p.x).data(), std::as_const(p.weight).data(), {}, p.y.data());
    };
  });
  if (!first)
    add_flops(name + "/gradient_x", flops(s), [=] {
      return [p = Problem{s}]() mutable {
        kernels::conv2d_transposed<float>(p.s, std::as_const(p.dy).data(), std::as_const(p.weight).data(), {},
                                          p.dx.data());
      };
    });
  add_flops(name + "/gradient_weight", flops(s), [=] {
    return [p = Problem{s}]() mutable {
      kernels::conv2d_backward<float>(
          p.s, {std::as_const(p.x).data(), std::as_const(p.weight).data(), nullptr, std::as_const(p.dy).data()},
          {{}, {p.dweight.data()}, {}});
    };
  });
}

/// From y to x, s being the sizes of the convolution the other way.
void add_transposed(const std::string& name, const Conv2dSizes& s) {
  add_flops(name + "/forward", flops(s), [=] {
    return [p = Problem{s}]() mutable {
      kernels::conv2d_transposed<float>(p.s, std::as_const(p.y).data(), std::as_const(p.weight).data(), {}, p.x.data());
    };
  });
  add_flops(name + "/gradient_x", flops(s), [=] {
    return [p = Problem{s}]() mutable {
      kernels::conv2d<float>(p.s, std::as_const(p.dx).data(), std::as_const(p.weight).data(), {}, p.dy.data());
    };
  });
  add_flops(name + "/gradient_weight", flops(s), [=] {
    return [p = Problem{s}]() mutable {
      kernels::conv2d_transposed_backward<float>(
          p.s, {std::as_const(p.y).data(), std::as_const(p.weight).data(), nullptr, std::as_const(p.dx).data()},
          {{}, {p.dweight.data()}, {}});
    };
  });
}

/// With ReLU and max pooling of 2 x 2 behind it: forward, and all gradients that are wanted together. As zeros count,
/// which the backward may leave out, more than the peak is possible.
void add_pooled(const std::string& name, const Conv2dSizes& s, bool first = false) {
  const kernels::MaxPool2dSizes pooling{.n = 1,
                                        .h = s.oh,
                                        .w = s.ow,
                                        .c = s.o,
                                        .oh = s.oh / 2,
                                        .ow = s.ow / 2,
                                        .kh = 2,
                                        .kw = 2,
                                        .stride_h = 2,
                                        .stride_w = 2};
  const Shape pooled{s.n, pooling.oh, pooling.ow, s.o};
  add_flops(name + "/forward", flops(s), [=] {
    return [=, p = Problem{s}, y = Tensor<float>(pooled), index = Tensor<std::int32_t>(pooled)]() mutable {
      kernels::conv2d_max_pool2d<float>(s, pooling, std::as_const(p.x).data(), std::as_const(p.weight).data(), nullptr,
                                        y.data(), index.data());
    };
  });
  add_flops(name + "/backward", (first ? 1 : 2) * flops(s), [=] {
    Problem p{s};
    Tensor<float> y(pooled);
    Tensor<std::int32_t> index(pooled);
    kernels::conv2d_max_pool2d<float>(s, pooling, std::as_const(p.x).data(), std::as_const(p.weight).data(), nullptr,
                                      y.data(), index.data());
    return [=, dbias = Tensor<float>({s.o})]() mutable {
      kernels::conv2d_max_pool2d_backward<float>(
          s, pooling, std::as_const(p.x).data(), std::as_const(p.weight).data(), std::as_const(y).data(),
          std::as_const(index).data(),
          {first ? kernels::Target<float>{} : kernels::Target<float>{p.dx.data()}, {p.dweight.data()}, {dbias.data()}});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_convolution("conv2d/1->16/28x28", sizes(64, 28, 1, 16), true);
  add_convolution("conv2d/16->32/14x14", sizes(64, 14, 16, 32));
  add_transposed("conv_transpose2d/32->16/7x7->14x14", sizes(64, 14, 16, 32, 2));
  add_transposed("conv_transpose2d/16->1/14x14->28x28", sizes(64, 28, 1, 16, 2));
  add_convolution("conv2d/64->64/56x56", sizes(4, 56, 64, 64));
  add_pooled("conv2d_max_pool2d/1->16/28x28", sizes(64, 28, 1, 16), true);
  add_pooled("conv2d_max_pool2d/16->32/14x14", sizes(64, 14, 16, 32));
  add_pooled("conv2d_max_pool2d/64->64/56x56", sizes(4, 56, 64, 64));
  return true;
}();

}  // namespace
