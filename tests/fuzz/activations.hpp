#pragma once

// Piecewise functions and activations of single numbers.

#include <numbers>

#include "functions.hpp"

namespace fuzz {

inline Number undecided(Tape& tape, const Number& x) {
  const Edge edge{x.place, 0, unknown};
  return tape.record(0, unknown, 0, {&edge, 1});
}

/// a or b, where rounding decides.
inline Number either(Tape& tape, const Number& a, const Number& b) {
  const Edge edges[]{{a.place, Real(0.5), Real(0.5)}, {b.place, Real(0.5), Real(0.5)}};
  return tape.record(a.value, std::abs(a.value - b.value) + a.error + b.error, 0, edges);
}

/// a where x > at, or x >= at if `also_at` is set, else b.
inline Number above(Tape& tape, const Number& x, Real at, const Number& a, const Number& b, bool also_at = false) {
  const Real distance = x.value - at;
  tape.nearest_corner = std::min(tape.nearest_corner, std::abs(distance));
  if (x.error != 0 && !(std::abs(distance) > x.error)) return either(tape, a, b);
  return distance > 0 || (also_at && distance == 0) ? a : b;
}

inline Number leaky_relu(Tape& tape, const Number& x, const Number& slope) {
  return above(tape, x, 0, x, product(tape, x, slope));
}

/// A bound is what max(x, low) and then min(.., high) give.
inline Number clamp(Tape& tape, const Number& x, Real low, Real high) {
  const Number least = tape.leaf(std::min(low, high)), most = tape.leaf(high);
  return above(tape, x, high, most, above(tape, x, low, x, least, true));
}

/// a or b, the larger times `sign`; equal ones share the gradient.
inline Number preferred(Tape& tape, const Number& a, const Number& b, Real sign) {
  const Real distance = sign * (a.value - b.value), apart = a.error + b.error;
  tape.nearest_corner = std::min(tape.nearest_corner, std::abs(distance));
  if (distance == 0 && apart == 0) {
    const Edge edges[]{{a.place, Real(0.5), 0}, {b.place, Real(0.5), 0}};
    return tape.record(a.value, 0, 0, edges);
  }
  if (!(std::abs(distance) > apart)) return either(tape, a, b);
  return distance > 0 ? a : b;
}

/// The relative error of 1 / x and powers of x: the largest |log(x + e) - log x| of numbers x + e.
inline Real log_spread(const Number& x) { return x.error == 0 ? 0 : -std::log1p(-x.error / std::abs(x.value)); }

inline Number pow(Tape& tape, const Number& x, Real exponent) {
  if (exponent == 2) return square(tape, x);
  const Real size = std::abs(x.value);
  const bool whole = exponent == std::floor(exponent), zero = x.value == 0 && x.error == 0;
  const bool settled = zero ? exponent == 0 || exponent >= 1 : size > x.error && (x.value > 0 || whole);
  // Where the square is not normal, its inverse has few digits.
  const bool normal = exponent >= 0 || size * size > tape.rounding.tiny;
  if (exponent != 0 && !(settled && normal)) return undecided(tape, x);
  const Real y = std::pow(x.value, exponent), slope = std::pow(x.value, exponent - 1);
  const auto error = [&](Real value, Real power) {
    return zero || exponent == 0 ? 0 : std::abs(value) * std::expm1(std::abs(power) * log_spread(x));
  };
  const Real derivative = exponent == 0 ? 0 : exponent * slope;
  // exponent - 1 is a double.
  const Real less = std::abs(exponent - 1) * std::numeric_limits<double>::epsilon() * std::abs(std::log(size));
  const Real own = derivative == 0 ? 0 : std::abs(derivative) * less;
  return function(tape, x, y, error(y, exponent), derivative, error(derivative, exponent - 1) + own);
}

inline Number pow(Tape& tape, const Number& x, const Number& exponent) {
  if (!(x.value > x.error)) {
    const Edge edges[]{{x.place, 0, unknown}, {exponent.place, 0, unknown}};
    return tape.record(0, unknown, 0, edges);
  }
  const Real y = std::pow(x.value, exponent.value), log = std::log(x.value), spread = log_spread(x);
  const auto relative = [&](Real power, Real power_error) {
    return std::expm1(std::abs(power) * spread + power_error * (std::abs(log) + spread));
  };
  const Real error = y * relative(exponent.value, exponent.error), y_error = tape.rounded(y, error, function_roundings);
  const Real less = exponent.value - 1, less_error = tape.rounded(less, exponent.error, 1);
  const Real slope = y / x.value, slope_error = slope * relative(less, less_error);
  const Real by_x = exponent.value * slope, by_exponent = y * log;
  const Edge edges[]{
      {x.place, by_x,
       tape.rounded(by_x, std::abs(exponent.value) * slope_error + exponent.error * (slope + slope_error),
                    function_roundings)},
      {exponent.place, by_exponent,
       tape.rounded(by_exponent, y_error * (std::abs(log) + spread) + y * spread, function_roundings)}};
  return tape.record(y, error, function_roundings, edges);
}

/// exp(x) - 1 for x that are not above 0.
inline Number expm1(Tape& tape, const Number& x) {
  const Real slope = std::exp(x.value), error = slope * std::expm1(x.error);
  return function(tape, x, std::expm1(x.value), error, slope, error);
}

inline Number elu(Tape& tape, const Number& x, const Number& alpha) {
  return above(tape, x, 0, x, product(tape, expm1(tape, x), alpha));
}

/// y = f(x) with a bound of |f'| and one of |f''|.
struct Bent {
  Real slope, curve;

  /// `own` and `derivative_own`: errors that do not come from x.
  Number operator()(Tape& tape, const Number& x, Real y, Real own, Real derivative, Real derivative_own) const {
    return function(tape, x, y, slope * x.error + own, derivative, curve * x.error + derivative_own);
  }
};

inline Number silu(Tape& tape, const Number& x) {
  const Real sigmoid = 1 / (1 + std::exp(-x.value)), rest = 1 / (1 + std::exp(x.value));
  // Beyond 50 sigmoid is 1, and the other is not multiplied by its rounding.
  const Real turned = std::min<Real>(std::abs(x.value), 50) * tape.rounding.unit * function_roundings;
  return Bent{Real(1.1), Real(0.5)}(tape, x, x.value * sigmoid, std::abs(x.value) * tape.rounding.tiny,
                                    sigmoid * (1 + x.value * rest), turned);
}

/// x times a distribution near 0 or 1, which has absolute errors.
constexpr Bent gelu_bent{Real(1.13), Real(0.8)};

inline Number gelu(Tape& tape, const Number& x) {
  const Real v = x.value, phi = std::erfc(-v / std::numbers::sqrt2_v<Real>) / 2;
  const Real density = std::exp(-v * v / 2) * std::numbers::inv_sqrtpi_v<Real> / std::numbers::sqrt2_v<Real>;
  const Real own = function_roundings * tape.rounding.unit;
  return gelu_bent(tape, x, v * phi, std::abs(v) * own, phi + v * density, own);
}

inline Number gelu_tanh(Tape& tape, const Number& x) {
  constexpr Real factor = std::numbers::sqrt2_v<Real> * std::numbers::inv_sqrtpi_v<Real>, cubic = Real(0.044715);
  const Real v = x.value, inner = factor * (v + cubic * v * v * v), slope = factor * (1 + 3 * cubic * v * v);
  if (!(v * v <= tape.rounding.most)) return undecided(tape, x);                            // infinite times 0
  const Real phi = 1 / (1 + std::exp(-2 * inner)), bell = phi / (1 + std::exp(2 * inner));  // (1 - tanh^2) / 4
  const Real own = function_roundings * tape.rounding.unit;
  const Real bell_own = std::abs(inner) > 20 ? 0 : own * std::abs(v) * slope;  // tanh is 1 there
  return gelu_bent(tape, x, v * phi, std::abs(v) * own, phi + 2 * v * bell * slope, own + bell_own);
}

inline Number softplus(Tape& tape, const Number& x, Real beta, Real threshold) {
  const Number at = scaled(tape, x, beta);
  const Real e = std::exp(at.value), sigmoid = e / (1 + e);
  const Number curved = Bent{1, Real(0.25)}(tape, at, std::log1p(e), 0, sigmoid, 0);
  return above(tape, at, threshold, x, scaled(tape, curved, 1 / beta));
}

/// x min(max(x + 3, 0), 6) / 6
inline Number hardswish(Tape& tape, const Number& x) {
  const Real v = x.value, own = 2 * tape.rounding.unit;
  if (!(6 * std::abs(v) <= tape.rounding.most)) return undecided(tape, x);
  const Number inside = Bent{Real(1.5), Real(1) / 3}(tape, x, v * (v + 3) / 6, 0, v / 3 + Real(0.5), own);
  const Number right = function(tape, x, v, x.error, 1, 0);
  return above(tape, x, 3, right, above(tape, x, -3, inside, tape.leaf(0)), true);
}

}  // namespace fuzz
