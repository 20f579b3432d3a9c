#pragma once

#include "latent/kernels/gemm.hpp"
#include "latent/kernels/packed_weights.hpp"

namespace latent::kernels {

namespace detail {

/// All panels of a right operand.
template <class T>
struct PackedPanels {
  std::vector<T, memory::Allocator<T>> panels;

  PackedPanels(const MatrixView<T>& b, Index rows, Index columns)
      : panels(static_cast<std::size_t>(PackedMatrix<T>::size(rows, columns))) {
    MatrixPacker<T>(rows, columns, panels.data()).append(b, rows);
  }
};

}  // namespace detail

/// gemm(), with b, the weights of a layer, as it was packed before if that was kept. To the same bits, unless there are
/// so few rows that b would not be packed otherwise.
template <class T>
void gemm_weights(Index m, Index n, Index k, const MatrixView<T>& a, const MatrixView<T>& b, T* c, Index c_stride,
                  const Epilogue<T>& epilogue = {}) {
  Gemm<T> product(m, n, k, a, b, c, c_stride, epilogue);
  const std::array<Index, 4> sizes{k, n, b.row_stride, b.column_stride};
  if (const auto* kept =
          packed_weights<detail::PackedPanels<T>>({b.data}, sizes, [&] { return detail::PackedPanels<T>(b, k, n); }))
    product.take_packed(kept->panels.data());
  gemm(product);
}

}  // namespace latent::kernels
