#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::MatrixPacker;
using kernels::MatrixView;
using kernels::PackedMatrix;

TEST_CASE_TEMPLATE("packed_matrix: parts appended below each other multiply as the whole, with bias and activation", T,
                   float, double) {
  for (Index columns : {Index{1}, kernels::lanes<T>, kernels::lanes<T> + 1, kernels::nr<T>, 3 * kernels::nr<T> + 1,
                        2 * kernels::nr<T> + kernels::lanes<T> + 3})
    for (Index rows : {1, 8, 21, 1100}) {
      const Index m = 10, first = rows / 3;
      const auto a = reference::random<T>({m, rows}, 1), b = reference::random<T>({rows, columns}, 2);
      const auto bias = reference::random<T>({columns}, 3);
      const Tensor<T> turned = reference::transposed(b);
      Tensor<T> storage({PackedMatrix<T>::size(rows, columns)}), c({m, columns});
      MatrixPacker<T> packer(rows, columns, storage.data());
      packer.append(MatrixView<T>{b.data(), columns}, first);
      packer.append(MatrixView<T>{turned.data() + first, 1, rows}, rows - first);  // the rest as a transposed matrix
      std::vector<Index> a_rows(m), k_offsets(static_cast<std::size_t>(rows)), c_rows(m);
      kernels::fill_offsets(a_rows.data(), m, rows);
      kernels::fill_offsets(k_offsets.data(), rows, 1);
      kernels::fill_offsets(c_rows.data(), m, columns);
      packer.multiply({a.data(), a_rows.data(), k_offsets.data()}, m,
                      {.bias = bias.data(), .activation = kernels::Activation::relu}, {c.data(), c_rows.data()});
      Tensor<double> expected = reference::matmul(a, b);
      for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < columns; ++j)
          expected(i, j) = std::max(expected(i, j) + static_cast<double>(bias(j)), 0.0);
      CAPTURE(rows);
      CAPTURE(columns);
      CHECK(reference::difference(c, expected) < reference::tolerance<T>(rows + 1));
    }
}

TEST_CASE_TEMPLATE("packed_matrix: a matrix as wide as a panel lies packed, and packing it copies it", T, float,
                   double) {
  for (Index columns : {kernels::lanes<T>, kernels::nr<T>}) {
    CHECK(PackedMatrix<T>::lies_packed(columns, columns));
    CHECK_FALSE(PackedMatrix<T>::lies_packed(columns, columns + 1));
    const auto b = reference::random<T>({5, columns}, 1);
    Tensor<T> storage({5, columns});
    REQUIRE(PackedMatrix<T>::size(5, columns) == storage.numel());
    MatrixPacker<T>(5, columns, storage.data()).append(MatrixView<T>{b.data(), columns}, 5);
    CHECK(reference::identical(storage, b));
  }
  CHECK_FALSE(PackedMatrix<T>::lies_packed(kernels::lanes<T> - 1, kernels::lanes<T> - 1));
  CHECK_FALSE(PackedMatrix<T>::lies_packed(2 * kernels::nr<T>, 2 * kernels::nr<T>));
}

TEST_CASE("matrix_view: parts and transposes are where they are in memory") {
  const Tensor<float> x({2, 3}, {1, 2, 3, 4, 5, 6});
  const MatrixView<float> view{x.data(), 3};
  CHECK(*view.at(1, 2) == 6);
  CHECK(*view.transposed().at(2, 1) == 6);
  CHECK(*view.from(0, 1).at(1, 0) == 5);
}
