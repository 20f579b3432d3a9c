#include "../bfloat16.hpp"

using namespace latent;
using kernels::MatrixPacker;
using kernels::MatrixView;
using kernels::PackedMatrix;
using kernels::WriteMode;

namespace {

/// A left operand [rows, depth] somewhere in memory.
struct Left {
  Tensor<float> memory;
  std::vector<Index> rows, k;

  float at(Index i, Index l) const {
    return memory.data()[rows[static_cast<std::size_t>(i)] + k[static_cast<std::size_t>(l)]];
  }
};

Left left_operand(const char* layout, Index rows, Index depth) {
  const std::string name = layout;
  Left a;
  const auto fill = [](std::vector<Index>& offsets, Index count, auto f) {
    for (Index i = 0; i < count; ++i) offsets.push_back(f(i));
  };
  if (name == "rows") {
    fill(a.rows, rows, [&](Index i) { return i * (depth + 3); });
    fill(a.k, depth, [](Index l) { return l + 1; });
  } else if (name == "columns") {
    fill(a.rows, rows, [](Index i) { return i + 2; });
    fill(a.k, depth, [&](Index l) { return l * (rows + 3); });
  } else if (name == "windows of two lines") {  // that overlap, in pairs
    fill(a.rows, rows, [](Index i) { return 2 * i; });
    fill(a.k, depth, [&](Index l) { return l < (depth / 4) * 2 ? l : l + 2 * rows; });
  } else {  // anywhere
    Rng(5).permutation(rows, a.rows);
    Rng(6).permutation(depth, a.k);
    for (Index& row : a.rows) row *= 3;
    for (Index& l : a.k) l *= 2;
  }
  const auto most = [](const std::vector<Index>& offsets) {
    return offsets.empty() ? 0 : *std::max_element(offsets.begin(), offsets.end());
  };
  a.memory = reference::random<float>({most(a.rows) + most(a.k) + 1}, 1);
  return a;
}

/// b, appended in pieces of `pieces` rows, each in rows or columns, times a.
Tensor<float> product(const Left& a, const Tensor<float>& b, Index piece, bool transposed, const float* bias,
                      Tensor<float> c, WriteMode mode) {
  const Index m = c.size(0), n = c.size(1), depth = b.size(0);
  const Tensor<float> columns = reference::transposed(b);
  Tensor<float> storage({PackedMatrix<float>::size(depth, n) + 1});
  std::vector<Index> to;
  for (Index i = 0; i < m; ++i) to.push_back(i * n);
  MatrixPacker<float> packed(depth, n, storage.data());
  for (Index first = 0; first < depth; first += piece) {
    const MatrixView<float> part =
        transposed ? MatrixView<float>{columns.data() + first, 1, depth} : MatrixView<float>{b.data() + first * n, n};
    packed.append(part, std::min(piece, depth - first));
  }
  packed.multiply({a.memory.data(), a.rows.data(), a.k.data()}, m, {mode, bias}, {c.data(), to.data()});
  return c;
}

}  // namespace

TEST_CASE("bfloat16 product: wherever the left operand lies, however the right one was appended") {
  const std::vector<std::array<Index, 3>> sizes{{1, 1, 1},    {7, 33, 5},   {17, 8, 64},  {9, 40, 37},   {20, 16, 2},
                                                {150, 19, 9}, {5, 70, 600}, {64, 32, 71}, {13, 1, 1033}, {3, 5, 0}};
  for (const char* layout : {"rows", "columns", "windows of two lines", "anywhere"})
    for (const auto& size : sizes) {
      const Index m = size[0], n = size[1], depth = size[2];
      const Left a = left_operand(layout, m, depth);
      const auto b = reference::random<float>({depth, n}, 2), before = reference::random<float>({m, n}, 3);
      const auto bias = reference::random<float>({n}, 4);
      Tensor<double> expected({m, n}), added = before.cast<double>();
      for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j) {
          for (Index l = 0; l < depth; ++l)
            expected(i, j) += static_cast<double>(reference::as_bfloat16(a.at(i, l))) *
                              static_cast<double>(reference::as_bfloat16(b(l, j)));
          added(i, j) += static_cast<double>(bias(j)) + expected(i, j);
        }
      for (Index piece : {depth + 1, Index{1}, Index{5}, Index{48}})
        for (bool transposed : {false, true}) {
          CAPTURE(layout);
          CAPTURE(m);
          CAPTURE(n);
          CAPTURE(depth);
          CAPTURE(piece);
          CAPTURE(transposed);
          reference::in_bfloat16([&] {
            CHECK(reference::difference(product(a, b, piece, transposed, nullptr, before, WriteMode::overwrite),
                                        expected) < reference::tolerance<float>(depth));
            CHECK(reference::difference(product(a, b, piece, transposed, bias.data(), before, WriteMode::accumulate),
                                        added) < reference::tolerance<float>(depth + 2));
          });
        }
    }
}

TEST_CASE("bfloat16 product: NaN and infinity beside an operand do not reach its products") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (Index depth : {1, 3, 4, 7}) {
    auto memory = Tensor<float>::full({200}, nan);
    Left a{memory, {}, {}};
    for (Index i = 0; i < 9; ++i) a.rows.push_back(i * (depth + 5));
    for (Index l = 0; l < depth; ++l) a.k.push_back(l);
    for (Index row : a.rows)
      for (Index l = 0; l < depth; ++l) a.memory.data()[row + l] = 1;
    const auto b = Tensor<float>::full({depth, 3}, 2);
    const auto c = reference::in_bfloat16([&] {
      return product(a, b, depth, false, nullptr, Tensor<float>({9, 3}), WriteMode::overwrite);
    });
    for (const float element : c.elements()) CHECK(element == static_cast<float>(2 * depth));
  }
}
