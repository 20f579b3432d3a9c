#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// Sequences of 64 words. The gradient is dense: all of the table is written.
void add_embedding(Index words, Index count, Index dim) {
  Tensor<Index> indices({words});
  Rng rng(2);
  for (Index& index : indices.elements()) index = static_cast<Index>(rng.below(static_cast<std::uint32_t>(count)));
  const std::string name = std::string("embedding/") + std::to_string(count) + "x" + std::to_string(dim);
  const double rows = 4 * static_cast<double>(words * dim), table = 4 * static_cast<double>(count * dim);
  add_bytes(name + "/forward", 2 * rows, [=] {
    return [=, weight = random({count, dim}), y = Tensor<float>({words, dim})]() mutable {
      kernels::embedding(words, dim, indices.data(), std::as_const(weight).data(), y.data());
    };
  });
  add_bytes(name + "/backward", rows + table, [=] {
    return [=, dy = random({words, dim}), dweight = Tensor<float>({count, dim})]() mutable {
      kernels::embedding_backward(words, count, dim, indices.data(), std::as_const(dy).data(), {dweight.data()},
                                  Index{-1});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_embedding(64 * 64, 10000, 128);
  add_embedding(64 * 64, 100, 32);
  return true;
}();

}  // namespace
