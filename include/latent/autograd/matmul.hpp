#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/gemm.hpp"

namespace latent {

/// y = a b    a [M, K], b [K, N] -> y [M, N]; or batches, a [B, M, K], b [B, K, N] -> y [B, M, N]
/// ShapeError if the shapes do not fit.
template <Scalar T>
Variable<T> matmul(const Variable<T>& a, const Variable<T>& b) {
  const Shape& left = a.shape();
  const Shape& right = b.shape();
  const bool batched = left.rank() == 3;
  check<ShapeError>((left.rank() == 2 || batched) && right.rank() == left.rank() && left.size(-1) == right.size(-2) &&
                        (!batched || left[0] == right[0]),
                    "matmul: a ", left, " does not fit b ", right,
                    ", expected a [M, K], b [K, N] or a [B, M, K], b [B, K, N]");
  const Index batch = batched ? left[0] : 1;
  const Index m = left.size(-2);
  const Index k = left.size(-1);
  const Index n = right.size(-1);
  auto y = Tensor<T>::uninitialized(batched ? Shape{batch, m, n} : Shape{m, n});
  const auto matrix = [](const Tensor<T>& x, Index i, Index rows, Index columns) {
    return kernels::MatrixView<T>{x.data() + i * rows * columns, columns};
  };
  T* const out = y.data();
  for (Index i = 0; i < batch; ++i)
    kernels::gemm(m, n, k, matrix(a.value(), i, m, k), matrix(b.value(), i, k, n), out + i * m * n, n);
  return Variable<T>::result("matmul", std::move(y), {a, b},
                             [a, b, av = a.value(), bv = b.value(), batch, m, n, k, matrix](const Tensor<T>& dy) {
                               if (const auto da = a.grad_target())  // da += dy b^T
                                 for (Index i = 0; i < batch; ++i)
                                   kernels::gemm(m, k, n, matrix(dy, i, m, n), matrix(bv, i, k, n).transposed(),
                                                 da.data + i * m * k, k, {da.mode});
                               if (const auto db = b.grad_target())  // db += a^T dy
                                 for (Index i = 0; i < batch; ++i)
                                   kernels::gemm(k, n, m, matrix(av, i, m, k).transposed(), matrix(dy, i, m, n),
                                                 db.data + i * k * n, n, {db.mode});
                             });
}

}  // namespace latent
