#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("parallel rows: every element once, also of scalars, empty axes and few long rows") {
  for (const std::array<Index, 3>& size : {std::array<Index, 3>{3, 4, 5}, {1, 1, 1}, {2, 0, 3}, {7, 50, 900}}) {
    const auto [a, b, c] = size;
    const Shape shape{a, b, c};
    const Index sizes[] = {c, a, b};
    const Index strides[] = {shape.stride(2), shape.stride(0), shape.stride(1)};
    Loops<2> loops;  // the last axis outermost
    Tensor<float> y({c, a, b});
    for (Index i = 0; i < 3; ++i) loops.append(sizes[i], {y.shape().stride(i), strides[i]});
    const auto x = reference::random<float>(shape, 1);
    for (const int count : {1, 2, 3, 7}) {
      set_threads(count);
      y.fill(0);
      parallel_rows(loops, 4, [to = y.data(), &x](const auto& offset, Index n, const auto& stride) {
        for (Index i = 0; i < n; ++i) to[offset[0] + i * stride[0]] += x.data()[offset[1] + i * stride[1]];
      });
      set_threads(0);
      bool right = true;
      for (Index i = 0; i < c; ++i)
        for (Index j = 0; j < a; ++j)
          for (Index k = 0; k < b; ++k) right = right && std::as_const(y)(i, j, k) == x(j, k, i);
      CHECK(right);
    }
  }
}
