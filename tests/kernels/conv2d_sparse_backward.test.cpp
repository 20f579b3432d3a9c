#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using namespace kernels::detail;
using kernels::Conv2dSizes;
using kernels::MaxPool2dSizes;

namespace {

/// A 3 x 3 convolution of 12 x 10 pixels, pooled in windows of 2 x 2.
Conv2dSizes convolution_of(Index channels) {
  return {.n = 3,
          .h = 12,
          .w = 10,
          .c = channels,
          .oh = 12,
          .ow = 10,
          .o = 9,
          .kh = 3,
          .kw = 3,
          .padding_h = 1,
          .padding_w = 1};
}
constexpr MaxPool2dSizes two_by_two{
    .n = 1, .h = 12, .w = 10, .c = 9, .oh = 6, .ow = 5, .kh = 2, .kw = 2, .stride_h = 2, .stride_w = 2};

}  // namespace

TEST_CASE_TEMPLATE("conv2d sparse backward: gives what the dense gradient gives", T, float, double) {
  const Conv2dSizes s = convolution_of(16);
  const auto x = reference::random<T>({s.n, s.h, s.w, s.c}, 1), weight = reference::random<T>({s.o, s.c, 3, 3}, 2);
  const auto dy = reference::random<T>({s.n, 6, 5, s.o}, 3);
  Tensor<std::int32_t> index(dy.shape());
  Tensor<T> dz({s.n, s.h, s.w, s.o});
  // Every third result is from nowhere, the others from one of their windows' pixels.
  for (Index i = 0; i < index.numel(); ++i) {
    const Index pooled = i / s.o, row = pooled / 5 % 6 * 2 + i % 2, column = pooled % 5 * 2 + i / 2 % 2;
    index.data()[i] = i % 3 == 0 ? -1 : static_cast<std::int32_t>(row * 10 + column);
    if (i % 3 != 0) dz(pooled / 30, row, column, i % s.o) = std::as_const(dy).data()[i];
  }
  Tensor<T> dx(x.shape()), dw(weight.shape()), db({s.o}), dense_dx = dx, dense_dw = dw, dense_db = db;
  REQUIRE(Conv2dSparseBackward<T>::applicable(s, two_by_two));
  Conv2dSparseBackward<T>(s, two_by_two, weight.data())(x.data(), dy.data(), std::as_const(index).data(),
                                                        {{dx.data()}, {dw.data()}, {db.data()}});
  kernels::conv2d_backward<T>(s, {x.data(), weight.data(), nullptr, std::as_const(dz).data()},
                              {{dense_dx.data()}, {dense_dw.data()}, {dense_db.data()}});
  CHECK(reference::difference(dx, dense_dx) < reference::tolerance<T>(9 * s.o));
  CHECK(reference::difference(dw, dense_dw) < reference::tolerance<T>(s.n * 120));
  CHECK(reference::difference(db, dense_db) < reference::tolerance<T>(s.n * 120));
}

TEST_CASE("conv2d sparse backward: is for windows whose lines fill registers, and for few results") {
  const Conv2dSizes s = convolution_of(16);
  CHECK(Conv2dSparseBackward<float>::applicable(s, two_by_two));
  CHECK_FALSE(Conv2dSparseBackward<float>::applicable(convolution_of(1), two_by_two));
  Conv2dSizes other = s;
  other.dilation_w = 2;
  CHECK_FALSE(Conv2dSparseBackward<float>::applicable(other, two_by_two));
  other = s;
  other.groups = 2;
  CHECK_FALSE(Conv2dSparseBackward<float>::applicable(other, two_by_two));
  MaxPool2dSizes many = two_by_two;
  many.oh = many.ow = 9;
  CHECK_FALSE(Conv2dSparseBackward<float>::applicable(s, many));
}
