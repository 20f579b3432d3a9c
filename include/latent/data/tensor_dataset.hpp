#pragma once

#include <cstring>
#include <span>
#include <tuple>

#include "latent/core/parallel.hpp"
#include "latent/core/tensor.hpp"

namespace latent::data {

namespace detail {

/// Stretches of `length` elements, one behind the other; the i-th begins at from[begin(i)].
template <class T, class F>
void copy_stretches(Index count, Index length, const T* from, F begin, T* to) {
  if (length == 0) return;
  parallel_pieces(count, 16, static_cast<double>(length), [=](Index first, Index last) {
    for (Index i = first; i < last; ++i)
      std::memcpy(to + i * length, from + begin(i), static_cast<std::size_t>(length) * sizeof(T));
  });
}

/// x [N, ..], numbers -> [numbers, ..]
template <class T>
Tensor<T> gather_rows(const Tensor<T>& x, std::span<const Index> numbers) {
  auto result = Tensor<T>::uninitialized(x.shape().with(0, std::ssize(numbers)));
  const Index length = x.shape().stride(0);
  copy_stretches(
      std::ssize(numbers), length, x.data(), [=](Index i) { return numbers[static_cast<std::size_t>(i)] * length; },
      result.data());
  return result;
}

/// ValueError for a number that is none of [0, size).
inline void check_numbers(const char* dataset, std::span<const Index> numbers, Index size) {
  for (const Index number : numbers)
    check<ValueError>(0 <= number && number < size, dataset, ": element ", number, " wanted of ", size);
}

}  // namespace detail

/// Tensors in memory whose first axis counts the same things: inputs and what is to be learned of them, of any types.
///
///     const data::TensorDataset set(x, y);  // [N, ..] each
///     data::Loader loader(set, {.batch_size = 64, .shuffle = true});
///     for (const auto& [bx, by] : loader) ..
///
/// A batch is a std::tuple of as many tensors. The data set shares the elements of the tensors it is given.
/// As torch.utils.data.TensorDataset.
template <class... Ts>
requires(sizeof...(Ts) >= 1) class TensorDataset {
 public:
  /// What gather gives: the same rows of each tensor.
  using Batch = std::tuple<Tensor<Ts>...>;

  /// ShapeError for tensors whose first axes differ, or that have none.
  explicit TensorDataset(Tensor<Ts>... tensors) : tensors_(std::move(tensors)...) {
    Index place = 0;
    std::apply([&](const auto&... tensor) { (check_shape(++place, tensor.shape()), ...); }, tensors_);
  }

  /// N, the first size of all.
  Index size() const { return std::get<0>(tensors_).size(0); }
  /// All of them, as given.
  const std::tuple<Tensor<Ts>...>& tensors() const { return tensors_; }

  /// The rows of the given numbers. ValueError for a number that does not exist.
  Batch gather(std::span<const Index> numbers) const {
    detail::check_numbers("TensorDataset", numbers, size());
    return std::apply([&](const auto&... tensor) { return Batch(detail::gather_rows(tensor, numbers)...); }, tensors_);
  }

 private:
  void check_shape(Index place, const Shape& shape) const {
    const Shape& first = std::get<0>(tensors_).shape();
    check<ShapeError>(shape.rank() >= 1 && shape[0] == first[0], "TensorDataset: tensor ", place, " is ", shape,
                      ", expected [N, ..], with the same N as tensor 1, ", first);
  }

  std::tuple<Tensor<Ts>...> tensors_;
};

}  // namespace latent::data
