#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

constexpr Index rows = 512, columns = 1000;
constexpr double once = 4 * static_cast<double>(rows * columns);  // bytes that are read or written once

[[maybe_unused]] const bool registered = [] {
  const auto add_fold = [](const char* name, Index outer, Index n, Index inner) {
    add_bytes(name, once, [=] {
      return [=, x = random({rows, columns}), y = Tensor<double>({outer, inner})]() mutable {
        kernels::fold_axis(
            outer, n, inner, x.data(), [](double sum, double v, Index) { return sum + v * v; },
            [](double a, double b) { return a + b; }, y.data());
      };
    });
  };
  add_fold("functions/fold_of_rows", rows, columns, 1);
  add_fold("functions/fold_of_columns", 1, rows, columns);
  add_fold("functions/fold_of_all", 1, rows * columns, 1);
  const auto add_extrema = [](const char* name, Index outer, Index n, Index inner) {
    add_bytes(name, once, [=] {
      return [=, x = random({rows, columns}), y = Tensor<float>({outer, inner}),
              places = Tensor<std::int64_t>({outer, inner})]() mutable {
        kernels::extrema<true>(outer, n, inner, std::as_const(x).data(), y.data(), places.data());
      };
    });
  };
  add_extrema("functions/max_of_rows", rows, columns, 1);
  add_extrema("functions/max_of_columns", 1, rows, columns);
  const auto add_cumsum = [](const char* name, Index outer, Index n, Index inner) {
    add_bytes(name, 2 * once, [=] {
      return [=, x = random({rows, columns}), y = Tensor<float>({rows, columns})]() mutable {
        kernels::cumsum<float>(outer, n, inner, x.data(), {y.data()}, kernels::Direction::forward);
      };
    });
  };
  add_cumsum("functions/cumsum_of_rows", rows, columns, 1);
  add_cumsum("functions/cumsum_of_columns", 1, rows, columns);
  add_bytes("functions/where", 4 * once, [] {
    return [c = random({rows, columns}), a = Variable<float>(random({rows, columns})),
            b = Variable<float>(random({rows, columns}))] { benchmark::DoNotOptimize(where(c, a, b)); };
  });
  add_bytes("functions/maximum_of_a_row", 2 * once, [] {
    return [a = Variable<float>(random({rows, columns})), b = Variable<float>(random({columns}))] {
      benchmark::DoNotOptimize(maximum(a, b));
    };
  });
  add_bytes("functions/pow_1.7", 2 * once, [] {
    return [x = Variable<float>(random({rows, columns}, 0, 1))] { benchmark::DoNotOptimize(latent::pow(x, 1.7)); };
  });
  add_bytes("functions/index_select", 2 * once, [] {
    auto index = Tensor<std::int64_t>::uninitialized({rows});
    for (Index i = 0; i < rows; ++i) index.data()[i] = i * 7 % rows;
    return
        [index, x = Variable<float>(random({rows, columns}))] { benchmark::DoNotOptimize(index_select(x, 0, index)); };
  });
  return true;
}();

}  // namespace
