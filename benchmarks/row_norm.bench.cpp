#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// LayerNorm of rows.
void add_row_norm(Index rows, Index columns) {
  const double bytes = 4 * static_cast<double>(rows * columns);
  const std::string name = "row_norm/" + std::to_string(rows) + "x" + std::to_string(columns);
  const Shape shape{rows, columns};
  add_bytes(name + "/forward", 2 * bytes, [=] {
    return [=, x = random(shape), each = random({2, columns}), y = Tensor<float>(shape),
            found = Tensor<float>({3, rows})]() mutable {
      const float* const weight = std::as_const(each).data();
      float* const of_rows = found.data();
      kernels::row_norm<float>(rows, columns, std::as_const(x).data(), true, 1e-5, weight, weight + columns, y.data(),
                               {of_rows, of_rows + rows, of_rows + 2 * rows});
    };
  });
  add_bytes(name + "/backward", 3 * bytes, [=] {
    return [=, x = random(shape), dy = random(shape), weight = random({columns}), dx = Tensor<float>(shape),
            found = random({3, rows})]() mutable {
      const float* const of_rows = std::as_const(found).data();
      kernels::row_norm_backward<float>(rows, columns, std::as_const(dy).data(), std::as_const(x).data(), true,
                                        std::as_const(weight).data(), {of_rows, of_rows + rows, of_rows + 2 * rows},
                                        {dx.data()});
    };
  });
  add_bytes(name + "/backward_sums", 2 * bytes, [=] {
    return [=, x = random(shape), dy = random(shape), sums = Tensor<double>({2, columns}),
            found = random({3, rows})]() mutable {
      const float* const of_rows = std::as_const(found).data();
      kernels::row_norm_sums<float>(rows, columns, std::as_const(dy).data(), std::as_const(x).data(),
                                    {of_rows, of_rows + rows, of_rows + 2 * rows}, sums.data(), sums.data() + columns);
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_row_norm(64, 128);  // in the nearest caches
  add_row_norm(1024, 64);
  add_row_norm(1024, 128);
  add_row_norm(1024, 512);
  add_row_norm(64, 4096);
  add_row_norm(4096, 768);
  return true;
}();

}  // namespace
