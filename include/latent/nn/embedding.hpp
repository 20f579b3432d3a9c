#pragma once

#include <concepts>
#include <limits>

#include "latent/autograd/variable.hpp"
#include "latent/core/random.hpp"
#include "latent/kernels/embedding.hpp"

namespace latent {

/// The padding_idx of an embedding without padding. (No std::optional: options can be template arguments.)
inline constexpr Index no_padding = std::numeric_limits<Index>::min();

namespace detail {

/// The numbers of rows of an embedding as they are computed with; ValueError for the first that it does not have.
template <std::integral Integer>
[[gnu::noinline]] Tensor<Index> checked_indices(const Tensor<Integer>& indices, Index count) {
  Tensor<Index> result = indices.template cast<Index>();
  const Index* const numbers = std::as_const(result).data();
  for (Index i = 0; i < indices.numel(); ++i) {
    if (0 <= numbers[i] && numbers[i] < count) [[likely]]
      continue;
    Shape place;
    for (Index axis = 0; axis < indices.rank(); ++axis)
      place.append(i / indices.shape().stride(axis) % indices.size(axis));
    fail<ValueError>("embedding: index ", indices.data()[i], " at ", place, " of indices ", indices.shape(),
                     " is not within [0, ", count, ")");
  }
  return result;
}

/// The row that a padding_idx stands for, which counts from the end if it is negative; -1 for none.
constexpr Index padding_row(const char* operation, Index padding_idx, Index count) {
  if (padding_idx == no_padding) return -1;
  check<ValueError>(-count <= padding_idx && padding_idx < count, operation, ": padding_idx must be in [", -count, ", ",
                    count, "), got ", padding_idx);
  return padding_idx < 0 ? padding_idx + count : padding_idx;
}

}  // namespace detail

/// y[.., j] = weight[indices[..], j]    indices [..] of any integer type, weight [Count, Dim] -> y [.., Dim]
/// Row `padding_idx` gets no gradient; negative ones count from the end. ValueError for an index outside [0, Count),
/// and for a padding_idx outside [-Count, Count). As torch.nn.functional.embedding.
template <std::integral Integer, Scalar T>
Variable<T> embedding(const Tensor<Integer>& indices, const Variable<T>& weight, Index padding_idx = no_padding) {
  const auto [count, dim] = weight.shape().template sizes<2>("embedding: weight [Count, Dim]");
  const Index left_out = detail::padding_row("embedding", padding_idx, count);
  const Tensor<Index> rows = detail::checked_indices(indices, count);
  Shape shape = rows.shape();
  shape.append(dim, "embedding");
  auto y = Tensor<T>::uninitialized(shape);
  kernels::embedding(rows.numel(), dim, rows.data(), weight.value().data(), y.data());
  return Variable<T>::result(
      "embedding", std::move(y), {weight}, [weight, rows, left_out, count = count, dim = dim](const Tensor<T>& dy) {
        if (const auto dweight = weight.grad_target())
          kernels::embedding_backward(rows.numel(), count, dim, rows.data(), dy.data(), dweight, left_out);
      });
}

namespace nn {

/// ValueError for sizes below 1 and a padding_idx outside [-embeddings, embeddings).
struct EmbeddingOptions {
  Index embeddings = 0;            ///< rows of the table
  Index embedding_dim = 0;         ///< elements of a row
  Index padding_idx = no_padding;  ///< a row that begins as zeros and is not trained; negative: from the end

  constexpr void check_values() const {
    check<ValueError>(embeddings >= 1 && embedding_dim >= 1,
                      "Embedding: embeddings and embedding_dim must be at least 1, got ", embeddings, " and ",
                      embedding_dim);
    latent::detail::padding_row("Embedding", padding_idx, embeddings);
  }
  /// [..] -> [.., Dim]
  constexpr Shape output_shape(const Shape& indices) const {
    check_values();
    Shape result = indices;
    result.append(embedding_dim, "Embedding");
    return result;
  }
};

/// Rows of a table, by number    indices [..] of any integer type -> y [.., Dim]; weight [Count, Dim]
/// The weight begins normal with mean 0 and deviation 1, row padding_idx with zeros. As torch.nn.Embedding.
template <Scalar T = float>
struct Embedding {
  EmbeddingOptions options;
  Variable<T> weight;

  Embedding(const EmbeddingOptions& o, Rng& rng) : options(o) {
    options.check_values();
    auto rows = rng.normal<T>({options.embeddings, options.embedding_dim});
    const Index padding = latent::detail::padding_row("Embedding", options.padding_idx, options.embeddings);
    if (padding >= 0) std::fill_n(rows.data() + padding * options.embedding_dim, options.embedding_dim, T(0));
    weight = Variable<T>(std::move(rows), true);
  }

  /// ValueError for an index outside [0, Count).
  template <std::integral Integer>
  Variable<T> operator()(const Tensor<Integer>& indices) const {
    return embedding(indices, weight, options.padding_idx);
  }
  constexpr Shape output_shape(const Shape& indices) const { return options.output_shape(indices); }

  template <class F>
  void visit(F&& f) const {
    f("weight", weight);
  }
};

}  // namespace nn
}  // namespace latent
