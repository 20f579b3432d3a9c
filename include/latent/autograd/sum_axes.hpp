#pragma once

#include "latent/autograd/arithmetic.hpp"

namespace latent {

/// y = sum along several axes, which disappear, or stay with size 1 if `keep` is set; x if there are none. Negative
/// axes count from the end; ShapeError for one that does not exist or is given twice. As torch.sum with a list.
template <Scalar T>
Variable<T> sum(const Variable<T>& x, std::span<const Index> axes, bool keep = false) {
  const Shape shape = x.shape();
  std::array<bool, Shape::max_rank> summed{};
  for (const Index axis : axes)
    check<ShapeError>(!std::exchange(summed[static_cast<std::size_t>(shape.normalize_axis(axis, "sum"))], true),
                      "sum: axis ", axis, " is given twice for shape ", shape);
  Shape kept, left;
  for (Index i = 0; i < shape.rank(); ++i) {
    const bool goes = summed[static_cast<std::size_t>(i)];
    kept.append(goes ? 1 : shape[i]);
    if (!goes) left.append(shape[i]);
  }
  auto y = Tensor<T>::uninitialized(kept);
  detail::sum_repeated(kept, {y.data()}, x.value());
  return Variable<T>::result("sum", std::move(y).reshape(keep ? kept : left), {x}, [x, kept](const Tensor<T>& dy) {
    x.pass_grad(detail::broadcast_to<T>(
        x.shape(), [](T d) { return d; }, dy.reshape(kept)));
  });
}

template <Scalar T>
Variable<T> sum(const Variable<T>& x, std::initializer_list<Index> axes, bool keep = false) {
  return sum(x, std::span<const Index>(axes.begin(), axes.size()), keep);
}

/// y = mean along several axes, the sum divided by the number of elements in it; NaN if there are none. Axes and errors
/// as of sum. As torch.mean with a list.
template <Scalar T>
Variable<T> mean(const Variable<T>& x, std::initializer_list<Index> axes, bool keep = false) {
  const Variable<T> y = sum(x, axes, keep);
  double count = 1;
  for (const Index axis : axes) count *= static_cast<double>(x.size(axis));
  return y / static_cast<T>(count);
}

}  // namespace latent
