#pragma once

#include <vector>

#include "latent/autograd/shaping.hpp"

/// Tensors stacked along a new axis, and cut along one.
namespace latent {

/// y = the parts, which have one shape, one behind the other along a new axis. ShapeError if there are none, or their
/// shapes differ. As torch.stack.
template <Scalar T>
Variable<T> stack(std::span<const Variable<T>> parts, Index axis = 0) {
  check<ShapeError>(!parts.empty(), "stack: at least one part expected, got none");
  const Shape& shape = parts[0].shape();
  check<ShapeError>(axis >= -shape.rank() - 1 && axis <= shape.rank(), "stack: a new axis ", axis,
                    " is not possible for parts of shape ", shape);
  const Index at = axis < 0 ? axis + shape.rank() + 1 : axis;
  Shape row;
  for (Index i = 0; i <= shape.rank(); ++i) row.append(i == at ? 1 : shape[i < at ? i : i - 1], "stack");
  std::vector<Variable<T>, memory::Allocator<Variable<T>>> rows;
  rows.reserve(parts.size());
  for (const Variable<T>& part : parts) {
    check<ShapeError>(part.shape() == shape, "stack: ", part.shape(), " does not fit ", shape);
    rows.push_back(reshape(part, row));
  }
  return concat(std::span<const Variable<T>>(rows), at);
}

template <Scalar T>
Variable<T> stack(const std::vector<Variable<T>>& parts, Index axis = 0) {
  return stack(std::span<const Variable<T>>(parts), axis);
}

/// The parts of x of these sizes along an axis, one after the other. ShapeError if the sizes do not add up to that of
/// the axis. As torch.split with a list.
template <Scalar T>
std::vector<Variable<T>> split(const Variable<T>& x, std::span<const Index> sizes, Index axis = 0) {
  const Index along = x.shape().normalize_axis(axis, "split");
  Index total = 0;
  for (const Index size : sizes) {
    check<ShapeError>(size >= 0, "split: sizes must be at least 0, got ", size);
    total += size;
  }
  check<ShapeError>(total == x.shape()[along], "split: sizes that add up to ", total, " do not fit axis ", along,
                    " of shape ", x.shape());
  std::vector<Variable<T>> parts;
  parts.reserve(sizes.size());
  Index first = 0;
  for (const Index size : sizes) {
    parts.push_back(slice(x, along, first, first + size));
    first += size;
  }
  return parts;
}

template <Scalar T>
std::vector<Variable<T>> split(const Variable<T>& x, std::initializer_list<Index> sizes, Index axis = 0) {
  return split(x, std::span<const Index>(sizes.begin(), sizes.size()), axis);
}

/// The parts of x of this size along an axis, of which the last may be smaller; one if the axis is empty. ShapeError
/// for a size below 1. As torch.split.
template <Scalar T>
std::vector<Variable<T>> split(const Variable<T>& x, Index size, Index axis = 0) {
  const Index n = x.shape()[x.shape().normalize_axis(axis, "split")];
  check<ShapeError>(size >= 1, "split: a size of at least 1 expected, got ", size);
  std::vector<Index> sizes(static_cast<std::size_t>(std::max<Index>((n - 1) / size + 1, 1)), size);
  sizes.back() = n - (std::ssize(sizes) - 1) * size;
  return split(x, std::span<const Index>(sizes), axis);
}

/// At most `chunks` parts of x along an axis, all of one size but for the last, which may be smaller; as many empty
/// ones if the axis is empty. ShapeError for less than one. As torch.chunk.
template <Scalar T>
std::vector<Variable<T>> chunk(const Variable<T>& x, Index chunks, Index axis = 0) {
  const Index n = x.shape()[x.shape().normalize_axis(axis, "chunk")];
  check<ShapeError>(chunks >= 1, "chunk: at least 1 chunk expected, got ", chunks);
  if (n > 0) return split(x, (n - 1) / chunks + 1, axis);
  return split(x, std::span<const Index>(std::vector<Index>(static_cast<std::size_t>(chunks))), axis);
}

}  // namespace latent
