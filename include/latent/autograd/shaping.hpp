#pragma once

#include <vector>

#include "latent/autograd/variable.hpp"
#include "latent/kernels/strided.hpp"

/// The same elements in other shapes and orders.
namespace latent {

/// The elements of x in another shape; one size may be -1, and is then what remains.
/// ShapeError if the numbers of elements differ.
template <Scalar T>
Variable<T> reshape(const Variable<T>& x, std::initializer_list<Index> sizes) {
  const auto unknown = std::ranges::count(sizes, -1);
  check<ShapeError>(unknown <= 1, "reshape: at most one size may be -1, got ", unknown);
  Shape known;
  for (Index size : sizes) known.append(size == -1 ? 1 : size, "reshape");
  const Index part = known.numel();
  check<ShapeError>(!unknown || (part > 0 && x.numel() % part == 0), "reshape: ", x.shape(),
                    " cannot be divided into parts of ", part, " elements");
  Shape shape;
  for (Index size : sizes) shape.append(size == -1 ? x.numel() / part : size, "reshape");
  return reshape(x, shape);
}

template <Scalar T>
Variable<T> reshape(const Variable<T>& x, const Shape& shape) {
  return Variable<T>::result("reshape", x.value().reshape(shape), {x},
                             [x](const Tensor<T>& dy) { x.pass_grad(dy.reshape(x.shape())); });
}

/// y's axis i is x's axis order[i], as in torch.permute. ShapeError if `order` is no permutation of the axes.
template <Scalar T>
Variable<T> permute(const Variable<T>& x, std::span<const Index> order) {
  const Shape& shape = x.shape();
  check<ShapeError>(std::ssize(order) == shape.rank(), "permute: ", order.size(), " axes given for shape ", shape);
  std::array<bool, Shape::max_rank> used{};
  kernels::Loops<2> loops;  // over the result: its own strides, and those in x
  Shape result;
  for (Index axis : order) {
    const Index from = shape.normalize_axis(axis, "permute");
    check<ShapeError>(!std::exchange(used[static_cast<std::size_t>(from)], true), "permute: axis ", axis,
                      " is given twice for shape ", shape);
    result.append(shape[from]);
  }
  for (Index i = 0; i < result.rank(); ++i)
    loops.append(result[i], {result.stride(i), shape.stride(shape.normalize_axis(order[static_cast<std::size_t>(i)]))});
  auto y = Tensor<T>::uninitialized(result);
  kernels::copy_strided(loops, {y.data()}, x.value().data());
  return Variable<T>::result("permute", std::move(y), {x}, [x, loops](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) {
      kernels::Loops<2> back = loops;
      std::swap(back.stride[0], back.stride[1]);
      kernels::copy_strided(back, dx, dy.data());
    }
  });
}

template <Scalar T>
Variable<T> permute(const Variable<T>& x, std::initializer_list<Index> order) {
  return permute(x, std::span<const Index>(order.begin(), order.size()));
}

/// y = x with two axes exchanged; by default the last two, the transposed matrix.
template <Scalar T>
Variable<T> transpose(const Variable<T>& x, Index axis0 = -2, Index axis1 = -1) {
  std::array<Index, Shape::max_rank> order{};
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
  std::swap(order[static_cast<std::size_t>(x.shape().normalize_axis(axis0, "transpose"))],
            order[static_cast<std::size_t>(x.shape().normalize_axis(axis1, "transpose"))]);
  return permute(x, std::span<const Index>(order.data(), static_cast<std::size_t>(x.shape().rank())));
}

/// y = elements [first, last) of an axis, both at least 0. ShapeError if there are none such. As x[.., first:last].
template <Scalar T>
Variable<T> slice(const Variable<T>& x, Index axis, Index first, Index last) {
  const Shape shape = x.shape();
  const Index along = shape.normalize_axis(axis, "slice");
  check<ShapeError>(0 <= first && first <= last && last <= shape[along], "slice: [", first, ", ", last,
                    ") is not within axis ", along, " of shape ", shape);
  // Blocks of `behind` neighbouring elements; x has shape[along] of them for each element of the axes before.
  const Index behind = shape.stride(along);
  const Index before = shape[along] ? shape.numel() / std::max<Index>(behind * shape[along], 1) : 0;
  const Index taken = (last - first) * behind;
  auto y = Tensor<T>::uninitialized(shape.with(along, last - first));
  T* const out = y.data();
  for (Index i = 0; i < before; ++i)
    std::copy_n(x.value().data() + (i * shape[along] + first) * behind, taken, out + i * taken);
  return Variable<T>::result("slice", std::move(y), {x},
                             [x, shape, along, first, behind, before, taken](const Tensor<T>& dy) {
                               if (T* dx = x.grad_data())
                                 for (Index i = 0; i < before; ++i)
                                   kernels::copy(taken, dy.data() + i * taken, dx + (i * shape[along] + first) * behind,
                                                 kernels::WriteMode::accumulate);
                             });
}

/// y = the parts one after the other along an axis. ShapeError if there are none or they differ along another axis. As
/// torch.cat.
template <Scalar T>
Variable<T> concat(std::span<const Variable<T>> parts, Index axis) {
  check<ShapeError>(!parts.empty(), "concat: at least one part expected, got none");
  const Shape first = parts[0].shape();
  const Index along = first.normalize_axis(axis, "concat");
  Index total = 0;
  for (const Variable<T>& part : parts) {
    check<ShapeError>(part.shape().rank() == first.rank() && part.shape().with(along, first[along]) == first,
                      "concat: ", part.shape(), " does not fit ", first, " along axis ", along);
    total += part.shape()[along];
  }
  const Shape shape = first.with(along, total);
  const Index behind = shape.stride(along);
  Index before = 1;
  for (Index i = 0; i < along; ++i) before *= shape[i];
  auto y = Tensor<T>::uninitialized(shape);
  T* out = y.data();
  for (Index i = 0; i < before; ++i)
    for (const Variable<T>& part : parts) {
      const Index count = part.shape()[along] * behind;
      out = std::copy_n(part.value().data() + i * count, count, out);
    }
  std::vector<Variable<T>, memory::Allocator<Variable<T>>> inputs(parts.begin(), parts.end());
  return Variable<T>::result("concat", std::move(y), parts,
                             [parts = std::move(inputs), along, behind, before, total](const Tensor<T>& dy) {
                               const T* from = dy.data();  // of a part, in the first of the rows [total, behind]
                               for (const Variable<T>& part : parts) {
                                 const Index count = part.shape()[along] * behind;
                                 if (const auto dx = part.grad_target())
                                   for (Index i = 0; i < before; ++i)
                                     kernels::copy(count, from + i * total * behind, dx.data + i * count, dx.mode);
                                 from += count;
                               }
                             });
}

template <Scalar T>
Variable<T> concat(const std::vector<Variable<T>>& parts, Index axis) {
  return concat(std::span<const Variable<T>>(parts), axis);
}

}  // namespace latent
