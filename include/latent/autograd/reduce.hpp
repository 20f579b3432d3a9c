#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/kernels/reduce.hpp"

/// Sums and means, of everything or along one axis.
namespace latent {

/// y = sum of all elements, a scalar; 0 for none. As torch.sum.
template <Scalar T>
Variable<T> sum(const Variable<T>& x) {
  const T total = static_cast<T>(kernels::sum(x.numel(), x.value().data()));
  return Variable<T>::result("sum", Tensor<T>::full({}, total), {x}, [x](const Tensor<T>& dy) {
    const T d = dy.item();
    if (const auto dx = x.grad_target())
      kernels::map(x.numel(), dx.data, dx.mode, [d] { return kernels::Vector<T>{} + d; });
  });
}

/// y = sum along an axis, which disappears, or stays with size 1 if `keep` is set    negative axes count from the end;
/// ShapeError for one that does not exist
template <Scalar T>
Variable<T> sum(const Variable<T>& x, Index axis, bool keep = false) {
  const Shape kept = x.shape().with(x.shape().normalize_axis(axis, "sum"), 1);
  auto y = Tensor<T>::uninitialized(kept);
  detail::sum_repeated(kept, {y.data()}, x.value());
  return Variable<T>::result(
      "sum", std::move(y).reshape(keep ? kept : x.shape().without(axis)), {x}, [x, kept](const Tensor<T>& dy) {
        if (const auto dx = x.grad_target()) {
          const Tensor<T> upstream = dy.reshape(kept);
          kernels::Loops<2> loops;
          for (Index i = 0; i < x.shape().rank(); ++i)
            loops.append(x.shape()[i], {x.shape().stride(i), detail::broadcast_stride(kept, x.shape(), i)});
          kernels::copy_strided(loops, dx, upstream.data());
        }
      });
}

/// y = mean of all elements, a scalar; NaN for none. As torch.mean.
template <Scalar T>
Variable<T> mean(const Variable<T>& x) {
  return sum(x) / static_cast<T>(x.numel());
}

/// y = mean along an axis, which disappears, or stays with size 1 if `keep` is set; ShapeError for one that does not
/// exist
template <Scalar T>
Variable<T> mean(const Variable<T>& x, Index axis, bool keep = false) {
  const auto n = static_cast<T>(x.shape()[x.shape().normalize_axis(axis, "mean")]);
  return sum(x, axis, keep) / n;
}

}  // namespace latent
