#pragma once

// Normalisation as plain loops over numbers.

#include "pooling.hpp"

namespace fuzz {

struct Moments {
  Number mean, variance;
};

/// The library adds up distances from near the mean, and their squares, of which up to 32 are not added in double. A
/// distance may be as large as two numbers. The squares may be five times as large as those of distances from the mean:
/// the first quarter of the numbers has a mean that is at most twice the deviation from that of all.
///
/// Gradients are multiplied by normalized distances, which may be below the normal numbers.
inline Moments moments(Tape& tape, const Line& x, Real eps, bool centered = true) {
  const Real n = Real(x.size()), unit = tape.rounding.unit;
  Real sizes = 0, squares = 0;
  for (const Number& number : x) sizes += std::abs(number.value);
  Number center = centered ? mean(tape, x) : tape.leaf(0);
  if (centered) center.error += 2 * Real(std::min<std::size_t>(x.size(), 32) + 4) * unit * sizes / n;
  Line from_center = distances(tape, x, center);
  for (const Number& distance : from_center) squares += distance.value * distance.value;
  for (Number& distance : from_center) distance.error += tape.rounding.tiny * std::sqrt(squares / n + eps);
  const Number variance = divided(tape, sum_of_squares(tape, from_center), std::ssize(x));
  const Edge edge{variance.place, 1, 0};
  const Real error = 5 * squares <= tape.rounding.most ? variance.error : unknown;
  return {center, tape.record(variance.value, error, 5 * (n + 3), {&edge, 1})};
}

/// 1 / sqrt(variance + eps)
inline Number inverse_deviation(Tape& tape, const Number& variance, Real eps) {
  Sum total(tape);
  total.add(variance);
  total.add(tape.leaf(eps));
  return quotient(tape, tape.leaf(1), sqrt(tape, total.result()));
}

inline Number distance(Tape& tape, const Number& x, const Number& mean) { return distances(tape, {x}, mean)[0]; }

/// x times a weight plus a bias, both of which may be absent.
inline Number affine(Tape& tape, const Number& x, const Number& weight, const Array* biases, Index i) {
  Sum total(tape);
  total.add_product(x, weight);
  if (biases) total.add((*biases)[i]);
  return total.result();
}

inline Number parameter(Tape& tape, const Array* parameters, Index i) {
  return parameters ? (*parameters)[i] : tape.leaf(1);
}

/// Over the last axes, of the given sizes; with 0 for the mean unless `centered`.
inline Array row_norm(Tape& tape, const Array& x, const Indices& last, bool centered, const Array* weight,
                      const Array* bias, Real eps) {
  for (Index size : last) expect_shape(size >= 0);
  const Shape normalized_shape = shape_of(last);
  const Indices sizes = sizes_of(x.shape);
  expect_shape(!last.empty() && last.size() <= sizes.size() && std::equal(last.rbegin(), last.rend(), sizes.rbegin()));
  for (const Array* values : {weight, bias}) expect_shape(!values || values->shape == normalized_shape);
  const Index columns = normalized_shape.numel();
  Array y{x.shape, {}};
  for (Index first = 0; first < x.shape.numel(); first += columns) {
    const Line row(x.elements.begin() + first, x.elements.begin() + first + columns);
    const Moments of_row = moments(tape, row, eps, centered);
    const Number inverse = inverse_deviation(tape, of_row.variance, eps);
    for (Index j = 0; j < columns; ++j) {
      const Number z = product(tape, distance(tape, row[static_cast<std::size_t>(j)], of_row.mean), inverse);
      y.elements.push_back(affine(tape, z, parameter(tape, weight, j), bias, j));
    }
  }
  return y;
}

inline void expect_channels(const Array* values, Index channels) {
  expect_shape(!values || values->shape == Shape{channels});
}

/// The numbers of x [N, .., C] whose sample and channel f accepts.
inline Line those(const Array& x, Function<bool(Index, Index)> f) {
  const Index channels = x.shape.size(-1), n = x.shape.numel();
  Line result;
  for (Index i = 0; i < n; ++i)
    if (f(i / (n / x.shape[0]), i % channels)) result.push_back(x[i]);
  return result;
}

/// y of x [N, .., C], where moments_of(sample, channel) gives mean and variance.
inline Array channel_norm(Tape& tape, const Array& x, const Array* weight, const Array* bias, Real eps,
                          Activation activation, Function<const Moments&(Index, Index)> moments_of) {
  const Index channels = x.shape.size(-1), n = x.shape.numel();
  expect_channels(weight, channels);
  expect_channels(bias, channels);
  Array y{x.shape, {}};
  for (Index i = 0; i < n; ++i) {
    const Index c = i % channels;
    const Moments& m = moments_of(i / (n / x.shape[0]), c);
    const Number inverse = inverse_deviation(tape, m.variance, eps);
    const Number scale = product(tape, inverse, parameter(tape, weight, c));
    y.elements.push_back(activated(tape, affine(tape, distance(tape, x[i], m.mean), scale, bias, c), activation));
  }
  return y;
}

inline Array group_norm(Tape& tape, const Array& x, Index groups, const Array* weight, const Array* bias, Real eps,
                        Activation activation) {
  expect_shape(x.shape.rank() >= 2);
  const Index n = x.shape[0], channels = x.shape.size(-1);
  expect_value(groups >= 1 && channels % groups == 0);
  const Index of_group = channels / groups;
  expect_value(n * x.shape.with(0, 1).with(-1, 1).numel() * of_group != 1);
  std::vector<Moments> all;
  for (Index i = 0; i < n * groups && x.shape.numel() > 0; ++i)
    all.push_back(moments(
        tape, those(x, [&](Index sample, Index c) { return sample == i / groups && c / of_group == i % groups; }),
        eps));
  return channel_norm(tape, x, weight, bias, eps, activation, [&](Index sample, Index c) -> const Moments& {
    return all[static_cast<std::size_t>(sample * groups + c / of_group)];
  });
}

/// y, and in training the running mean and variance, if there are such.
inline Arrays batch_norm(Tape& tape, const Inputs& in, bool training, Real momentum, Real eps, Activation activation) {
  const Array &x = *in[0], *running_mean = in[3], *running_var = in[4];
  expect_shape(x.shape.rank() >= 2);
  const Index channels = x.shape.size(-1), rows = x.shape.with(-1, 1).numel();
  expect_channels(running_mean, channels);
  expect_channels(running_var, channels);
  const bool of_x = training || !running_mean || !running_var;
  if (of_x) expect_value(rows != 1);
  std::vector<Moments> all;
  for (Index c = 0; c < channels && rows > 0; ++c)
    all.push_back(of_x ? moments(tape, those(x, [&](Index, Index channel) { return channel == c; }), eps)
                       : Moments{(*running_mean)[c], (*running_var)[c]});
  Arrays results{channel_norm(tape, x, in[1], in[2], eps, activation,
                              [&](Index, Index c) -> const Moments& { return all[static_cast<std::size_t>(c)]; })};
  const auto go_on = [&](const Array* running, Number Moments::*part, Real factor) {
    if (!training || !running) return;
    Array next = *running;
    for (std::size_t c = 0; c < all.size(); ++c) {
      Sum total(tape);
      total.add(next.elements[c], 1 - momentum);
      total.add(without_gradient(tape, all[c].*part), momentum * factor);
      next.elements[c] = total.result();
    }
    results.push_back(without_gradient(tape, next));
  };
  go_on(running_mean, &Moments::mean, 1);
  go_on(running_var, &Moments::variance, Real(rows) / Real(rows - 1));
  return results;
}

}  // namespace fuzz
