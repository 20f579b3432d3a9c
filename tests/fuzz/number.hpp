#pragma once

// Numbers that know how far rounding may have taken them, and how they were computed.

#include <algorithm>
#include <cmath>
#include <latent/latent.hpp>
#include <limits>
#include <span>
#include <vector>

namespace fuzz {

using latent::Index;
using latent::Scalar;

/// Wider than double, where the machine has it.
using Real = long double;

constexpr Real unknown = std::numeric_limits<Real>::infinity();

/// How a scalar type rounds.
struct Rounding {
  Real unit;  ///< the largest relative error of one operation
  Real tiny;  ///< the largest absolute error below the normal numbers
  Real most;  ///< more is infinity

  template <Scalar T>
  static Rounding of() {
    using Limits = std::numeric_limits<T>;
    return {Real(Limits::epsilon()) / 2, Real(Limits::min()), Real(Limits::max())};
  }
};

/// The derivative of a number with respect to an earlier one, and by how much the library's may differ.
struct Edge {
  std::size_t input;
  Real derivative, error;
};

/// A value, and by how much the library's may differ: `unknown` after an overflow, for example.
struct Number {
  Real value = 0, error = 0;
  std::size_t place = 0;  ///< on the tape
};

/// How every number was computed, for the derivatives.
class Tape {
 public:
  explicit Tape(const Rounding& r) : rounding(r) {}

  const Rounding rounding;
  Real nearest_corner = unknown;  ///< how near relu, abs and maxima came to where they have no derivative

  /// A number computed from others: exact up to `error`, then rounded `times` times.
  Number record(Real value, Real error, Real times, std::span<const Edge> edges) {
    for (const Edge& edge : edges) edges_.push_back({edge.input, edge.derivative, known(edge.derivative, edge.error)});
    ends_.push_back(edges_.size());
    return {value, known(value, rounded(value, error, times)), ends_.size() - 1};
  }
  Number leaf(Real value) { return record(value, 0, 0, {}); }

  /// `error`, and that of rounding.
  Real rounded(Real value, Real error, Real times) const {
    return times == 0 ? error : error + times * (rounding.unit * (std::abs(value) + error) + rounding.tiny);
  }

  /// The gradient of one number.
  struct Gradient {
    Real value = 0, error = 0, magnitude = 0;
    int terms = 0;
    bool passed_on = false;  ///< even if nothing is added to it: 0 times an infinite derivative is NaN

    void add(Real term, Real term_error) {
      value += term;
      error += term_error;
      magnitude += std::abs(term);
      ++terms;
    }
  };

  /// The gradients of all numbers, given those of the results.
  std::vector<Gradient> gradients(std::vector<Gradient> d) const {
    for (std::size_t i = ends_.size(); i-- > 0;) {
      if (d[i].terms == 0 && !d[i].passed_on) continue;  // of what an operation did not choose
      d[i].error = known(d[i].magnitude, rounded(d[i].magnitude, d[i].error, d[i].terms + 1));
      for (std::size_t e = i ? ends_[i - 1] : 0; e < ends_[i]; ++e) {
        const Edge& edge = edges_[e];
        d[edge.input].add(d[i].value * edge.derivative,
                          rounded(d[i].value * edge.derivative,
                                  std::abs(d[i].value) * edge.error + d[i].error * std::abs(edge.derivative) +
                                      d[i].error * edge.error,
                                  2));
      }
    }
    return d;
  }

  std::size_t size() const { return ends_.size(); }

 private:
  /// The error of a value whose largest part has the given magnitude.
  Real known(Real magnitude, Real error) const {
    return std::abs(magnitude) + error <= rounding.most ? error : unknown;
  }

  std::vector<Edge> edges_;
  std::vector<std::size_t> ends_;  // of each number's edges
};

/// A sum of numbers and products, added in any order.
class Sum {
 public:
  explicit Sum(Tape& tape) : tape_(tape) {}

  void add(const Number& x, Real factor = 1) {
    add_term(x.value * factor, x.error * std::abs(factor));
    few_digits_ = few_digits_ && has_few(factor);
    edges_.push_back({x.place, factor, 0});
  }
  void add_product(const Number& x, const Number& y) {
    add_term(x.value * y.value, std::abs(x.value) * y.error + x.error * std::abs(y.value) + x.error * y.error);
    edges_.push_back({x.place, y.value, y.error});
    edges_.push_back({y.place, x.value, x.error});
  }

  Number result() const {
    // Few binary digits are never rounded; so that numbers stay equal that are.
    const bool exact = error_ == 0 && few_digits_ && magnitude_ <= 1024;
    Number result = tape_.record(value_, error_ + (exact ? 0 : rounding()), 0, edges_);
    if (!(magnitude_ + error_ <= tape_.rounding.most)) result.error = unknown;
    return result;
  }

 private:
  void add_term(Real term, Real error) {
    value_ += term;
    error_ += error;
    magnitude_ += std::abs(term);
    few_digits_ = few_digits_ && has_few(term);
    ++terms_;
  }
  static bool has_few(Real x) { return std::abs(x) <= 1024 && x * 1024 == std::floor(x * 1024); }
  Real rounding() const { return tape_.rounded(magnitude_, 0, terms_ + 1); }

  Tape& tape_;
  std::vector<Edge> edges_;
  Real value_ = 0, error_ = 0, magnitude_ = 0;
  int terms_ = 0;
  bool few_digits_ = true;
};

inline Number product(Tape& tape, const Number& x, const Number& y) {
  Sum sum(tape);
  sum.add_product(x, y);
  return sum.result();
}

}  // namespace fuzz
