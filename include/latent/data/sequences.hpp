#pragma once

#include <algorithm>
#include <vector>

#include "latent/data/tensor_dataset.hpp"

namespace latent::data {

/// Sequences of unequal length as recurrent layers take them: `lstm(x, {}, batch.lengths)`.
template <class T>
struct SequenceBatch {
  Tensor<T> sequences;          ///< [N, T, ..], T that of the longest; filled up behind the end of the others
  std::vector<Index> lengths;   ///< of each, in steps
  Tensor<std::int64_t> labels;  ///< [N], or undefined

  Index size() const { return sequences.size(0); }  ///< N
};

namespace detail {

/// The longest of some sequences, which must differ in length only.
template <class T>
Index longest(const char* operation, std::span<const Tensor<T>* const> sequences) {
  check<ValueError>(!sequences.empty(), operation, ": no sequences given");
  const Shape& first = sequences[0]->shape();
  Index result = 0;
  for (const Tensor<T>* const sequence : sequences) {
    const Shape& shape = sequence->shape();
    const bool fits = shape.rank() >= 1 && shape.rank() < Shape::max_rank && shape.rank() == first.rank();
    check<ShapeError>(fits && shape.with(0, first[0]) == first, operation, ": sequence ", shape,
                      " does not fit, expected [T, ..] as the first, ", first);
    result = std::max(result, shape[0]);
  }
  return result;
}

template <class T>
SequenceBatch<T> pad_sequences(std::span<const Tensor<T>* const> sequences, T value) {
  const Index count = std::ssize(sequences), steps = longest("pad_sequences", sequences);
  const Shape& first = sequences[0]->shape();
  Shape shape{count, steps};
  for (Index axis = 1; axis < first.rank(); ++axis) shape.append(first[axis]);
  SequenceBatch<T> result{Tensor<T>::uninitialized(shape), {}, {}};
  const Index room = shape.stride(0);
  T* const to = result.sequences.data();
  parallel_for(count, static_cast<double>(room), [=](Index i) {
    const std::span<const T> from = sequences[static_cast<std::size_t>(i)]->elements();
    std::fill(std::ranges::copy(from, to + i * room).out, to + (i + 1) * room, value);
  });
  for (const Tensor<T>* const sequence : sequences) result.lengths.push_back(sequence->size(0));
  return result;
}

}  // namespace detail

/// Sequences [T_i, ..] as one tensor [N, T, ..] with T the largest T_i, filled up by `value`, and their lengths.
/// ValueError for none, ShapeError for sequences that differ in more than their length.
/// As torch.nn.utils.rnn.pad_sequence with batch_first=True.
template <class T>
SequenceBatch<T> pad_sequences(const std::vector<Tensor<T>>& sequences, std::type_identity_t<T> value = 0) {
  std::vector<const Tensor<T>*> places;
  for (const Tensor<T>& sequence : sequences) places.push_back(&sequence);
  return detail::pad_sequences<T>(places, value);
}

/// Sequences [T_i, ..] of unequal length, and their labels, if they have any. A batch is as long as the longest of its
/// own sequences.
template <class T>
struct SequenceDataset {
  std::vector<Tensor<T>> sequences;  ///< each [T, C]
  Tensor<std::int64_t> labels;       ///< [N], or undefined
  T padding = 0;                     ///< value behind the ends

  /// Number of sequences.
  Index size() const { return std::ssize(sequences); }

  /// ValueError for a number that does not exist, ShapeError for labels that are not one for each sequence or for
  /// sequences that differ in more than their length.
  SequenceBatch<T> gather(std::span<const Index> numbers) const {
    detail::check_numbers("SequenceDataset", numbers, size());
    check<ShapeError>(!labels.defined() || labels.shape() == Shape{size()}, "SequenceDataset: labels ", labels.shape(),
                      " do not fit, expected [", size(), "]");
    std::vector<const Tensor<T>*> places;
    for (const Index number : numbers) places.push_back(&sequences[static_cast<std::size_t>(number)]);
    SequenceBatch<T> result = detail::pad_sequences<T>(places, padding);
    if (labels.defined()) result.labels = detail::gather_rows(labels, numbers);
    return result;
  }
};

}  // namespace latent::data
