#pragma once

#include <Eigen/Core>

#include "latent/core/tensor.hpp"

/// Exchange with Eigen without copying. The one header of core/ that knows Eigen.
namespace latent::eigen {

/// Row-major, as tensors are.
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
/// One axis.
template <class T>
using Array = Eigen::Array<T, Eigen::Dynamic, 1>;

/// A tensor [.., C] as a matrix of C columns. Reading or writing it reads or writes the tensor.
template <class T>
Eigen::Map<Matrix<T>> matrix(Tensor<T>& x) {
  const Index columns = x.rank() ? x.size(-1) : 1;
  return {x.data(), columns ? x.numel() / columns : 0, columns};
}
template <class T>
Eigen::Map<const Matrix<T>> matrix(const Tensor<T>& x) {
  const Index columns = x.rank() ? x.size(-1) : 1;
  return {x.data(), columns ? x.numel() / columns : 0, columns};
}

/// All elements of a tensor as one array.
template <class T>
Eigen::Map<Array<T>> array(Tensor<T>& x) {
  return {x.data(), x.numel()};
}
template <class T>
Eigen::Map<const Array<T>> array(const Tensor<T>& x) {
  return {x.data(), x.numel()};
}

/// A tensor [Rows, Cols], or [Size] of a vector, that borrows the memory of an Eigen matrix, array or map,
/// which must outlive it. Column-major matrices do not compile: their memory is the transpose.
template <class Derived>
auto tensor(Eigen::PlainObjectBase<Derived>& x) {
  static_assert(Derived::IsRowMajor || Derived::IsVectorAtCompileTime,
                "latent::eigen::tensor needs a row-major matrix: Eigen::Matrix<.., Eigen::RowMajor>");
  const Shape shape = Derived::IsVectorAtCompileTime ? Shape{x.size()} : Shape{x.rows(), x.cols()};
  return Tensor<typename Derived::Scalar>::borrow(x.data(), shape);
}
template <class Plain, int Options>
auto tensor(const Eigen::Map<Plain, Options>& x) {
  using Element = std::remove_const_t<typename Eigen::Map<Plain, Options>::Scalar>;
  static_assert(Plain::IsRowMajor || Plain::IsVectorAtCompileTime,
                "latent::eigen::tensor needs a row-major map: Eigen::Map<Eigen::Matrix<.., Eigen::RowMajor>>");
  const Shape shape = Plain::IsVectorAtCompileTime ? Shape{x.size()} : Shape{x.rows(), x.cols()};
  // A map gives out its memory as it holds it, even if the map object itself is const.
  using Pointer = std::conditional_t<std::is_const_v<Plain>, const Element*, Element*>;
  return Tensor<Element>::borrow(const_cast<Pointer>(x.data()), shape);
}

}  // namespace latent::eigen
