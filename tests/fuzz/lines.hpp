#pragma once

// What becomes of lines of numbers.

#include "interpreter.hpp"

namespace fuzz {

inline Number mean(Tape& tape, const Line& x) { return divided(tape, sum(tape, x), std::ssize(x)); }

inline Line distances(Tape& tape, const Line& x, const Number& center) {
  Line result;
  for (const Number& number : x) {
    Sum distance(tape);
    distance.add(number);
    distance.add(center, -1);
    result.push_back(distance.result());
  }
  return result;
}

inline Number sum_of_squares(Tape& tape, const Line& x) {
  Sum total(tape);
  for (const Number& number : x) total.add(square(tape, number));
  return total.result();
}

/// The sum of (x - mean)^2 / max(n - correction, 0)
inline Number variance(Tape& tape, const Line& x, Index correction) {
  const Number squares = sum_of_squares(tape, distances(tape, x, mean(tape, x)));
  return divided(tape, squares, std::max<Index>(std::ssize(x) - correction, 0));
}

inline Number absolute_sum(Tape& tape, const Line& x) {
  Line sizes;
  for (const Number& number : x) sizes.push_back(abs(tape, number));
  return sum(tape, sizes);
}

/// The root of the sum of squares, with derivative x / norm, or 0 at 0.
inline Number norm(Tape& tape, const Line& x) {
  Sum squares(tape);
  std::vector<Edge> edges;
  for (const Number& number : x) {
    squares.add(square(tape, number));
    edges.push_back({number.place, number.value, number.error});
  }
  const Number total = squares.result();
  const Number halved = tape.record(total.value, total.error, 0, edges);
  const Number root = sqrt(tape, {total.value, total.error, tape.leaf(0).place});
  if (total.value == 0 && total.error == 0) return root;
  const Real least = root.value - root.error;
  const Edge edge{halved.place, 1 / root.value,
                  least > 0 ? tape.rounded(1 / root.value, root.error / least / root.value, 2) : unknown};
  return tape.record(root.value, root.error, 0, {&edge, 1});
}

/// The largest of some numbers, or of them times `sign`, and the first of equals; -infinity if there are none.
inline Number largest(Tape& tape, const Line& numbers, Real sign = 1) {
  if (numbers.empty()) return {-unknown, 0, tape.leaf(0).place};
  const Number* best = &numbers[0];
  for (const Number& number : numbers)
    if (sign * (number.value - best->value) > 0) best = &number;
  Real error = best->error;
  std::vector<Edge> edges{{best->place, 1, 0}};
  for (const Number& number : numbers) {
    if (number.place == best->place) continue;
    const Real distance = std::abs(best->value - number.value), apart = number.error + best->error;
    tape.nearest_corner = std::min(tape.nearest_corner, distance);
    if (apart == 0 || distance > apart) continue;
    error = number.error < unknown ? std::max(error, number.error) : unknown;  // either may be the largest
    edges[0] = {best->place, Real(0.5), Real(0.5)};
    edges.push_back({number.place, Real(0.5), Real(0.5)});
  }
  return tape.record(best->value, error, 0, edges);
}

/// x - the largest of them, which needs no derivative: what becomes of the results is the same whatever is taken off.
inline Line from_largest(Tape& tape, const Line& x) {
  Real most = -unknown;
  for (const Number& number : x) most = std::max(most, number.value);
  Line result;
  for (const Number& number : x) {
    const Edge edge{number.place, 1, 0};
    result.push_back(tape.record(number.value - most, number.error, 1, {&edge, 1}));
  }
  return result;
}

inline Line exponentials(Tape& tape, const Line& x) {
  Line result;
  for (const Number& number : x) result.push_back(exp(tape, number));
  return result;
}

inline Line softmax(Tape& tape, const Line& x) {
  Line result = exponentials(tape, from_largest(tape, x));
  const Number total = sum(tape, result);
  for (Number& number : result) number = quotient(tape, number, total);
  return result;
}

inline Line log_softmax(Tape& tape, const Line& x) {
  const Line from = from_largest(tape, x);
  return distances(tape, from, log(tape, sum(tape, exponentials(tape, from))));
}

inline Line cumsum(Tape& tape, const Line& x) {
  Line result;
  Sum total(tape);
  for (const Number& number : x) {
    total.add(number);
    result.push_back(total.result());
  }
  return result;
}

}  // namespace fuzz
