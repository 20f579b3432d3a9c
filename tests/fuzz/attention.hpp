#pragma once

// Attention as plain loops over numbers.

#include "recurrent.hpp"

namespace fuzz {

/// The place in what is repeated to a larger shape.
inline Indices repeated(const Shape& shape, const Indices& at) {
  Indices place;
  for (Index axis = 0; axis < shape.rank(); ++axis)
    place.push_back(shape[axis] == 1 ? 0 : at[at.size() - static_cast<std::size_t>(shape.rank() - axis)]);
  return place;
}

struct AttentionMasks {
  bool causal;
  const latent::Tensor<bool>* allowed;  ///< or null, as `added`
  const Array* added;

  bool allows(const Indices& at) const {
    if (causal && at[3] > at[2]) return false;
    if (!allowed) return true;
    const Shape& shape = allowed->shape();
    return allowed->elements()[static_cast<std::size_t>(offset_of(shape, repeated(shape, at)))];
  }
};

inline void expect_mask(const Shape& mask, const Shape& scores) {
  expect_shape(mask.rank() <= scores.rank());
  for (Index axis = 1; axis <= mask.rank(); ++axis)
    expect_shape(mask.size(-axis) == 1 || mask.size(-axis) == scores.size(-axis));
}

/// y [N, H, T, V] of q [N, H, T, D], k [N, H, S, D] and v [N, H, S, V]
inline Array attention(Tape& tape, const Array& q, const Array& k, const Array& v, const AttentionMasks& masks,
                       Real scale) {
  const Shape &qs = q.shape, &ks = k.shape, &vs = v.shape;
  expect_shape(qs.rank() == 4 && ks.rank() == 4 && vs.rank() == 4);
  expect_shape(ks == qs.with(2, ks[2]) && vs == ks.with(3, vs[3]));
  const Shape scores = qs.with(3, ks[2]);
  if (masks.allowed) expect_mask(masks.allowed->shape(), scores);
  if (masks.added) expect_mask(masks.added->shape, scores);
  Array y = make({qs[0], qs[1], qs[2], vs[3]}, [&](const Indices&) { return tape.leaf(0); });
  each_place({qs[0], qs[1], qs[2]}, [&](const Indices& query) {
    Line scores_of_query, seen;
    for (Index key = 0; key < ks[2]; ++key) {
      const Indices at{query[0], query[1], query[2], key};
      Sum product(tape), score(tape);
      for (Index i = 0; i < qs[3]; ++i)
        product.add_product(element(q, {query[0], query[1], query[2], i}), element(k, {query[0], query[1], key, i}));
      score.add(scaled(tape, product.result(), scale));
      if (masks.added) score.add(element(*masks.added, repeated(masks.added->shape, at)));
      scores_of_query.push_back(score.result());
      if (masks.allows(at)) seen.push_back(scores_of_query.back());
    }
    Line shares = exponentials(tape, from_largest(tape, seen));
    for (Index key = 0; key < ks[2]; ++key) {
      if (masks.allows({query[0], query[1], query[2], key})) continue;
      // The gradient of what is hidden is multiplied by 0, which matters if it is infinite.
      const Edge edge{scores_of_query[static_cast<std::size_t>(key)].place, 0, 0};
      shares.insert(shares.begin() + key, tape.record(0, 0, 0, {&edge, 1}));
    }
    const Number all = sum(tape, shares);
    for (Number& share : shares)
      if (!seen.empty()) share = quotient(tape, share, all);
    for (Index i = 0; i < vs[3]; ++i) {
      Sum total(tape);
      Real most = 0;  // sums are divided at last
      for (Index key = 0; key < ks[2]; ++key) {
        const Number& value = element(v, {query[0], query[1], key, i});
        total.add_product(shares[static_cast<std::size_t>(key)], value);
        most += std::abs(value.value) + value.error;
      }
      Number result = total.result();
      if (!(most <= tape.rounding.most)) result.error = unknown;
      y.elements[static_cast<std::size_t>(offset_of(y.shape, {query[0], query[1], query[2], i}))] = result;
    }
  });
  return y;
}

}  // namespace fuzz
