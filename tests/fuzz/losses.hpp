#pragma once

// Losses as plain loops over numbers.

#include "attention.hpp"

namespace fuzz {

using latent::Reduction;

inline Array reduced(Tape& tape, const Array& each, Reduction reduction) {
  if (reduction == Reduction::none) return each;
  const bool sums = reduction == Reduction::sum;
  return {{}, {sums ? sum(tape, each.elements) : mean(tape, each.elements)}};
}

/// A loss f(a, b) of elements.
inline Array pointwise(Tape& tape, const Array& a, const Array& b, Reduction reduction,
                       Function<Number(const Number&, const Number&)> f) {
  expect_shape(a.shape == b.shape);
  Array each{a.shape, {}};
  for (Index i = 0; i < a.shape.numel(); ++i) each.elements.push_back(f(a[i], b[i]));
  return reduced(tape, each, reduction);
}

inline Number difference(Tape& tape, const Number& a, const Number& b) {
  Sum total(tape);
  total.add(a);
  total.add(b, -1);
  return total.result();
}

/// d^2 / 2 where |d| < delta, else delta (|d| - delta / 2), times a factor.
inline Number huber(Tape& tape, const Number& d, Real delta, Real factor) {
  Sum linear(tape);
  linear.add(abs(tape, d));
  linear.add(tape.leaf(delta), Real(-0.5));
  return above(tape, abs(tape, d), delta, scaled(tape, linear.result(), delta * factor),
               scaled(tape, square(tape, d), factor / 2), true);
}

/// t (log(t) - x), or 0 for a t of 0, where the derivative by t is infinite.
inline Number kl_div(Tape& tape, const Number& x, const Number& t) {
  Sum total(tape);
  if (t.value == 0 && t.error == 0) {
    const Edge edge{t.place, 0, unknown};
    total.add(tape.record(0, 0, 0, {&edge, 1}));
  } else {
    total.add_product(t, log(tape, t));
  }
  total.add(product(tape, t, x), -1);
  return total.result();
}

inline Array kl_unit_normal(Tape& tape, const Array& mean, const Array& log_variance) {
  expect_shape(mean.shape == log_variance.shape && mean.shape.rank() == 2);
  Sum total(tape);
  const Number one = tape.leaf(1);
  for (Index i = 0; i < mean.shape.numel(); ++i) {
    total.add(square(tape, mean[i]), 0.5);
    total.add(exp(tape, log_variance[i]), 0.5);
    total.add(one, -0.5);
    total.add(log_variance[i], -0.5);
  }
  return {{}, {divided(tape, total.result(), mean.shape[0])}};
}

/// (log(v) + d^2 / v) / 2, v being the variance but at least eps, which its gradient passes by, and perhaps a constant.
inline Number gaussian_nll(Tape& tape, const Number& d, const Number& variance, Real eps, bool full) {
  tape.nearest_corner = std::min(tape.nearest_corner, std::max<Real>(variance.value - eps, 0));
  const Edge edge{variance.place, 1, 0};
  const Number v = tape.record(std::max(variance.value, eps), variance.error, variance.value < eps, {&edge, 1});
  Sum total(tape);
  total.add(log(tape, v), Real(0.5));
  total.add(quotient(tape, square(tape, d), v), Real(0.5));
  if (full) total.add(tape.leaf(std::log(2 * std::numbers::pi_v<Real>)), Real(0.5));
  return total.result();
}

/// x, whose gradient is at last multiplied by a number.
inline Number scaled_at_last(Tape& tape, const Number& x, const Number& factor) {
  const Edge edge{x.place, factor.value, factor.error};
  return tape.record(x.value, x.error, 0, {&edge, 1});
}

/// A loss f(a, b, i) of elements, and its mean: each gradient is divided at last by the number of all.
inline Array divided_at_last(Tape& tape, const Array& a, const Array& b, Reduction reduction,
                             Function<Number(const Number&, const Number&, Index)> f) {
  expect_shape(a.shape == b.shape);
  const Index n = a.shape.numel();
  const Real count = reduction == Reduction::mean ? Real(n) : 1;
  const Number share{1 / count, tape.rounding.unit / count, 0}, all{count, 0, 0};
  Array each{a.shape, {}};
  for (Index i = 0; i < n; ++i) {
    const Number loss = f(scaled_at_last(tape, a[i], share), scaled_at_last(tape, b[i], share), i);
    each.elements.push_back(scaled_at_last(tape, loss, all));  // so that the mean divides nothing
  }
  return reduced(tape, each, reduction);
}

/// A number whose derivatives by two others are numbers too.
inline Number with_slopes(Tape& tape, const Number& y, const Number& a, const Number& by_a, const Number& b,
                          const Number& by_b) {
  const Edge edges[]{{a.place, by_a.value, by_a.error}, {b.place, by_b.value, by_b.error}};
  return tape.record(y.value, y.error, 0, edges);
}

/// -(t log(x) + (1 - t) log(1 - x)) w, logarithms at least -100, of numbers x and t within 0 and 1 that are exact.
inline Number binary_cross_entropy(Tape& tape, const Number& x, const Number& t, const Number& w) {
  const Real log_x = std::log(x.value), log_rest = std::log1p(-x.value);
  const Real first = t.value * std::max<Real>(log_x, -100), second = (1 - t.value) * std::max<Real>(log_rest, -100);
  const Real by_x = x.value - t.value, inverse = 1 / std::max<Real>((1 - x.value) * x.value, Real(1e-12f));
  const Real by_t = log_rest - log_x;
  for (const Real p : {x.value, t.value}) tape.nearest_corner = std::min({tape.nearest_corner, p, 1 - p});
  const auto number = [&](Real value, Real magnitude) {
    return tape.record(value, tape.rounded(magnitude, 0, function_roundings), 0, {});
  };
  const Number y = product(tape, number(-first - second, std::abs(first) + std::abs(second)), w);
  // Multiplied by x - t first, as in PyTorch, where few digits may be left.
  const Number divided = scaled_at_last(tape, scaled_at_last(tape, x, w), number(inverse, inverse));
  return with_slopes(tape, y, divided, number(by_x, by_x), scaled_at_last(tape, t, w),
                     number(by_t, std::abs(log_x) + std::abs(log_rest)));
}

/// log(1 + exp(-x))
inline Number softplus_of_negative(Tape& tape, const Number& x) {
  const Real e = std::exp(-std::abs(x.value));
  const Real y = std::log1p(e) + std::max<Real>(-x.value, 0);
  return Bent{1, Real(0.25)}(tape, x, y, 0, -1 / (1 + std::exp(x.value)), 0);
}

/// (1 - t) x + c log(1 + exp(-x)), c = 1 + (p - 1) t, with the derivatives c sigmoid(x) - p t and
/// p log(1 + exp(-x)) - log(1 + exp(x))
inline Number binary_cross_entropy_with_logits(Tape& tape, const Number& x, const Number& t, const Number& p) {
  const Number one = tape.leaf(1), positive = product(tape, p, t), rest = difference(tape, one, t);
  const Number of_x = softplus_of_negative(tape, x), of_negative = softplus_of_negative(tape, scaled(tape, x, -1));
  Sum factor(tape), y(tape), by_x(tape), by_t(tape);
  factor.add(positive);
  factor.add(rest);
  const Number c = factor.result();
  y.add_product(rest, x);
  y.add_product(c, of_x);
  by_x.add_product(c, sigmoid(tape, x));
  by_x.add(positive, -1);
  by_t.add_product(p, of_x);
  by_t.add(of_negative, -1);
  return with_slopes(tape, y.result(), x, by_x.result(), t, by_t.result());
}

/// Losses of classes [..] by x [.., C]: f(row, class) of all that are not ignored, and of the others ignored(row); a
/// mean divides by the weights of the first.
inline Array of_classes(Tape& tape, const Array& x, const latent::Tensor<Index>& target, const Array* weight,
                        Index ignore_index, Reduction reduction, Function<Number(const Line&, Index)> f,
                        Function<Number(const Line&)> ignored) {
  const Index classes = x.shape.size(-1);
  expect_shape(target.shape() == x.shape.without(-1));
  Array each{target.shape(), {}};
  Line weights;
  for (Index i = 0; i < target.numel(); ++i) {
    const Index label = target.elements()[static_cast<std::size_t>(i)];
    const Line row(x.elements.begin() + i * classes, x.elements.begin() + (i + 1) * classes);
    if (label == ignore_index) {
      each.elements.push_back(ignored(row));
      continue;
    }
    expect_value(label >= 0 && label < classes);
    each.elements.push_back(f(row, label));
    weights.push_back(weight ? (*weight)[label] : tape.leaf(1));
  }
  if (reduction != Reduction::mean) return reduced(tape, each, reduction);
  const Number total = sum(tape, each.elements);
  return {{}, {weight ? quotient(tape, total, sum(tape, weights)) : divided(tape, total, std::ssize(weights))}};
}

inline void expect_classes(const Array& x, const Array* weight) {
  expect_shape(x.shape.rank() >= 1 && x.shape.size(-1) >= 1);
  expect_shape(!weight || weight->shape == Shape{x.shape.size(-1)});
}

inline Number weighted(Tape& tape, const Number& x, const Array* weight, Index label) {
  return weight ? product(tape, x, (*weight)[label]) : x;
}

/// A row's loss for a class, of which a share is spread over all.
inline Number cross_entropy(Tape& tape, const Line& row, Index label, const Array* weight, Real smoothing) {
  const Line logs = log_softmax(tape, row);
  const Number own = weighted(tape, logs[static_cast<std::size_t>(label)], weight, label);
  const Number kept = scaled(tape, own, smoothing - 1);
  if (smoothing == 0) return kept;
  Sum all(tape), total(tape);
  for (Index c = 0; c < std::ssize(row); ++c) all.add(weighted(tape, logs[static_cast<std::size_t>(c)], weight, c));
  total.add(kept);
  total.add(all.result(), -smoothing / Real(row.size()));
  return total.result();
}

/// The cosine of the angle between two lines, with 1e-12 beside their squares.
inline Number cosine(Tape& tape, const Line& a, const Line& b) {
  Sum products(tape), of_a(tape), of_b(tape);
  for (std::size_t i = 0; i < a.size(); ++i) {
    products.add_product(a[i], b[i]);
    of_a.add_product(a[i], a[i]);
    of_b.add_product(b[i], b[i]);
  }
  const Number eps = tape.leaf(Real(1e-12f));
  of_a.add(eps);
  of_b.add(eps);
  return quotient(tape, products.result(), sqrt(tape, product(tape, of_a.result(), of_b.result())));
}

}  // namespace fuzz
