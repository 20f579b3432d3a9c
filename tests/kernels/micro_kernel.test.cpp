#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::WriteMode;

namespace {

/// Offsets 0 to count - 1, shuffled, each `apart` times its number: rows in any order, anywhere.
std::vector<Index> scattered(Index count, Index apart, std::uint64_t seed) {
  std::vector<Index> offsets;
  Rng(seed).permutation(count, offsets);
  for (Index& offset : offsets) offset *= apart;
  return offsets;
}

}  // namespace

TEST_CASE_TEMPLATE("gemm_panel: any number of rows and columns, rows and depth wherever their offsets say", T, float,
                   double) {
  for (Index rows = 0; rows <= 3 * kernels::mr + 1; ++rows)
    for (Index columns : {Index{1}, kernels::lanes<T> - 1, kernels::lanes<T>, kernels::lanes<T> + 1, kernels::nr<T>})
      for (Index depth : {0, 1, 9}) {
        const Index width = columns > kernels::lanes<T> ? kernels::nr<T> : kernels::lanes<T>;
        const auto a = reference::random<T>({rows * 11 + 1, 20}, 1), b = reference::random<T>({depth, width}, 2);
        const auto bias = reference::random<T>({columns}, 3);
        const auto before = reference::random<T>({rows + 1, columns + 2}, 4);
        const auto from = scattered(rows, 20 * 11, 5), k_offsets = scattered(depth, 2, 6),
                   to = scattered(rows, columns + 2, 7);
        for (const WriteMode mode : {WriteMode::overwrite, WriteMode::accumulate}) {
          Tensor<T> c = before;
          Tensor<double> expected = before.template cast<double>();
          for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < columns; ++j) {
              double& sum = expected.data()[to[static_cast<std::size_t>(i)] + j];
              if (mode == WriteMode::overwrite) sum = 0;
              sum += static_cast<double>(bias(j));
              for (Index k = 0; k < depth; ++k)
                sum += static_cast<double>(
                           a.data()[from[static_cast<std::size_t>(i)] + k_offsets[static_cast<std::size_t>(k)]]) *
                       static_cast<double>(b(k, j));
            }
          kernels::gemm_panel<T>({a.data(), from.data(), k_offsets.data()}, rows, depth, b.data(), columns,
                                 {mode, bias.data()}, {c.data(), to.data()});
          CAPTURE(rows);
          CAPTURE(columns);
          CAPTURE(depth);
          CHECK(reference::difference(c, expected) < reference::tolerance<T>(depth + 2));
        }
      }
}

TEST_CASE("gemm_panel: overwriting does not read what was there") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor<float> a({2, 1}, {1, 2}), b = Tensor<float>::full({1, kernels::lanes<float>}, 3);
  auto c = Tensor<float>::full({2, 1}, nan);
  const std::array<Index, 2> rows{0, 1};
  kernels::gemm_panel<float>({a.data(), rows.data(), rows.data()}, 2, 1, b.data(), 1, {}, {c.data(), rows.data()});
  CHECK(c(0, 0) == 3);
  CHECK(c(1, 0) == 6);
}
