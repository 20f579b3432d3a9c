#pragma once

// Functions of single numbers, with their derivatives and the errors of both.

#include "number.hpp"

namespace fuzz {

/// How often the library's exp, log, sqrt, sigmoid and tanh may round.
constexpr Real function_roundings = 8;

/// y = f(x) with error `error` before it is rounded, and its derivative.
inline Number function(Tape& tape, const Number& x, Real y, Real error, Real derivative, Real derivative_error) {
  if (x.error == unknown) error = derivative_error = unknown;
  const Edge edge{x.place, derivative, tape.rounded(derivative, derivative_error, function_roundings)};
  return tape.record(y, error, function_roundings, {&edge, 1});
}

inline Number exp(Tape& tape, const Number& x) {
  const Real y = std::exp(x.value);
  const Real error = tape.rounded(y, y * std::expm1(x.error), function_roundings);
  return function(tape, x, y, error, y, error);
}

inline Number log(Tape& tape, const Number& x) {
  const Real least = x.value - x.error;
  const Real error = least > 0 ? x.error / least : unknown;
  return function(tape, x, std::log(x.value), error, 1 / x.value, error / std::abs(x.value));
}

inline Number sqrt(Tape& tape, const Number& x) {
  if (x.value == 0 && x.error == 0) return function(tape, x, 0, 0, 0, unknown);
  const Real y = std::sqrt(x.value), least = x.value - x.error;
  const Real error = least > 0 ? x.error / std::sqrt(least) : unknown;
  return function(tape, x, y, error, 1 / (2 * y), tape.rounded(y, error, function_roundings) / (y * y));
}

inline Number square(Tape& tape, const Number& x) {
  Number same = x;  // the derivative 2 x may be infinite where x is not
  if (!(2 * (std::abs(x.value) + x.error) <= tape.rounding.most)) same.error = unknown;
  return product(tape, x, same);
}

/// The derivative of max(x, 0) and |x|, `left` and `right` of 0, and `at` it.
inline Number corner(Tape& tape, const Number& x, Real y, Real left, Real at, Real right) {
  tape.nearest_corner = std::min(tape.nearest_corner, std::abs(x.value));
  Edge edge{x.place, x.value < 0 ? left : x.value > 0 ? right : at, 0};
  if (x.error > 0 && !(std::abs(x.value) > x.error)) edge = {x.place, (left + right) / 2, (right - left) / 2};
  return tape.record(y, x.error, 0, {&edge, 1});
}

inline Number relu(Tape& tape, const Number& x) { return corner(tape, x, std::max<Real>(x.value, 0), 0, 0, 1); }
inline Number abs(Tape& tape, const Number& x) { return corner(tape, x, std::abs(x.value), -1, 0, 1); }

/// By how much a function that only rises may differ at x.
inline Real spread(const Number& x, Real (*f)(Real)) {
  if (x.error == 0) return 0;
  return std::max(f(x.value + x.error) - f(x.value), f(x.value) - f(x.value - x.error));
}

inline Number sigmoid(Tape& tape, const Number& x) {
  const auto f = [](Real v) { return 1 / (1 + std::exp(-v)); };
  const Real y = f(x.value), error = spread(x, f);
  return function(tape, x, y, error, y / (1 + std::exp(x.value)), error + tape.rounded(y, 0, function_roundings));
}

inline Number tanh(Tape& tape, const Number& x) {
  const auto f = [](Real v) { return std::tanh(v); };
  const Real y = f(x.value), error = tape.rounded(y, spread(x, f), function_roundings);
  return function(tape, x, y, error, 1 - y * y, 2 * std::abs(y) * error + error * error + 4 * tape.rounding.unit);
}

inline Number quotient(Tape& tape, const Number& x, const Number& y) {
  const Real size = std::abs(y.value), least = size - y.error;
  if (!(least > size / 2)) {
    const Edge edges[]{{x.place, 0, unknown}, {y.place, 0, unknown}};
    return tape.record(0, unknown, 0, edges);
  }
  const Real z = x.value / y.value;
  const Real error = (x.error + std::abs(z) * y.error) / least;
  const Real z_error = tape.rounded(z, error, 2);  // which may be tiny before it is divided again
  const Edge edges[]{
      {x.place, 1 / y.value, tape.rounded(1 / y.value, y.error / size / least, 2)},
      {y.place, -z / y.value, tape.rounded(z / y.value, (z_error + std::abs(z) * y.error / size) / least, 3)}};
  const bool overflows = !(std::abs(z) + z_error <= tape.rounding.most);
  return tape.record(z, overflows ? unknown : error, 1, edges);
}

/// x y with a number y that has no gradient.
inline Number scaled(Tape& tape, const Number& x, Real factor) {
  Sum sum(tape);
  sum.add(x, factor);
  return sum.result();
}

inline Number activated(Tape& tape, const Number& x, latent::Activation activation) {
  switch (activation) {
    case latent::Activation::none: return x;
    case latent::Activation::relu: return relu(tape, x);
    case latent::Activation::sigmoid: return sigmoid(tape, x);
    case latent::Activation::tanh: return tanh(tape, x);
  }
  return x;
}

}  // namespace fuzz
