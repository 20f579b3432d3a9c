#pragma once

// Attention, and rows of tables.

#include "../kinds.hpp"

namespace fuzz::detail {

/// Inputs: q, k, v, a mask to add. Options: causal, quarters of the scale or 0, and flags, if there are any.
inline void draw_attention(Drawing& d, Item& item) {
  const bool many = d.chance(6);  // keys that fill several blocks
  const std::size_t q =
      many ? d.leaf({1, 1, d.chance(30) ? d.index(60, 70) : d.index(1, 3), d.index(1, 2)}) : d.operand(4);
  const Shape queries = d.shape_of(q), keys = queries.with(2, many ? d.index(120, 140) : d.size());
  const Shape scores = queries.with(3, keys[2]);
  const auto mask = [&] {
    Shape shape;
    for (Index axis = d.index(0, 3); axis < 4; ++axis) shape.append(d.chance(40) ? 1 : scores[axis]);
    return shape;
  };
  item.inputs = {q, d.leaf(keys), d.leaf(keys.with(3, std::max<Index>(d.size(), 1))), d.maybe(30, mask())};
  item.constants = 1;
  item.options = {d.index(0, 1), d.chance(60) ? 0 : d.index(-4, 8)};
  if (d.chance(60)) return;
  const Shape flags = mask();
  item.options.push_back(flags.rank());
  for (Index size : sizes_of(flags)) item.options.push_back(size);
  for (Index i = 0; i < flags.numel(); ++i) item.options.push_back(d.chance(70));
}

inline latent::Tensor<bool> flags_of(const Item& item) {
  if (item.options.size() < 3) return {};
  const latent::Tensor<Index> numbers = integers(item.options, 2);
  latent::Tensor<bool> flags(numbers.shape());
  for (std::size_t i = 0; i < flags.elements().size(); ++i) flags.elements()[i] = numbers.elements()[i] != 0;
  return flags;
}

inline Array interpret_attention(Tape& tape, const Inputs& in, const Item& item) {
  const latent::Tensor<bool> flags = flags_of(item);
  const Array& q = *in[0];
  const Real features = q.shape.rank() == 4 ? Real(q.shape[3]) : 1;
  const Real scale = item.options[1] ? Real(item.options[1]) / 4 : 1 / std::sqrt(features);
  const AttentionMasks masks{item.options[0] != 0, flags.defined() ? &flags : nullptr, in[3]};
  return attention(tape, q, *in[1], *in[2], masks, scale);
}

template <Scalar T>
Variable<T> attention(const Variables<T>& in, const Item& item) {
  latent::AttentionOptions<T> options;
  options.causal = item.options[0] != 0;
  if (item.options[1]) options.scale = static_cast<double>(item.options[1]) / 4;
  options.mask.flags = flags_of(item);
  if (in[3]) options.mask.added = in[3].value();
  return latent::scaled_dot_product_attention(in[0], in[1], in[2], options);
}

/// Options: padding_idx, and indices.
inline void draw_embedding(Drawing& d, Item& item) {
  item.inputs = {d.operand(2)};
  const Index count = d.shape_of(item.inputs[0])[0], rank = d.index(0, 2);
  item.options = {d.chance(50) || count == 0 ? latent::no_padding : d.index(-count, count - 1), rank};
  Index n = 1;
  for (Index axis = 0; axis < rank; ++axis) {
    item.options.push_back(d.index(0, 5));
    n *= item.options.back();
  }
  for (Index i = 0; i < n && count > 0; ++i) item.options.push_back(d.index(0, count - 1));
}

inline Array interpret_embedding(Tape& tape, const Array& weight, const Item& item) {
  expect_shape(weight.shape.rank() == 2);
  const Index count = weight.shape[0];
  Index padding = item.options[0];
  if (padding != latent::no_padding) {
    expect_value(-count <= padding && padding < count);
    if (padding < 0) padding += count;
  }
  const latent::Tensor<Index> rows = integers(item.options, 1);
  Array y{rows.shape(), {}};
  y.shape.append(weight.shape[1]);
  for (Index row : rows.elements()) {
    expect_value(row >= 0 && row < count);
    for (Index j = 0; j < weight.shape[1]; ++j) {
      const Number& x = element(weight, {row, j});
      y.elements.push_back(row == padding ? without_gradient(tape, x) : x);
    }
  }
  return y;
}

inline std::vector<Operation> attentions() {
  return {
      operation(
          "attention", {"causal", "4 scale", "rank of flags"}, draw_attention,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_attention(t, in, i); },
          [](const auto& in, const Item& i) { return attention(in, i); }),
      operation(
          "embedding", {"padding_idx", "rank"}, draw_embedding,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_embedding(t, *in[0], i); },
          [](const auto& in, const Item& i) { return latent::embedding(integers(i.options, 1), in[0], i.options[0]); }),
  };
}

}  // namespace fuzz::detail
