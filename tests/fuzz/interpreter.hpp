#pragma once

// Arithmetic, sums, products and changes of shape as plain loops over numbers, each with what it refuses.

#include "array.hpp"

namespace fuzz {

/// An axis that may be counted from the end.
inline std::size_t axis_of(const Shape& shape, Index axis) {
  expect_shape(axis >= -shape.rank() && axis < shape.rank());
  return static_cast<std::size_t>(axis < 0 ? axis + shape.rank() : axis);
}

inline Array broadcast(const Array& a, const Array& b, Function<Number(const Number&, const Number&)> f) {
  const std::size_t rank = static_cast<std::size_t>(std::max(a.shape.rank(), b.shape.rank()));
  const auto padded = [&](const Array& x) {
    Indices sizes = sizes_of(x.shape);
    sizes.insert(sizes.begin(), rank - sizes.size(), 1);
    return sizes;
  };
  const Indices left = padded(a), right = padded(b);
  Indices sizes = left;
  for (std::size_t i = 0; i < rank; ++i) {
    expect_shape(left[i] == right[i] || left[i] == 1 || right[i] == 1);
    if (left[i] == 1) sizes[i] = right[i];
  }
  return make(sizes, [&](const Indices& at) {
    const auto of = [&](const Array& x, const Indices& own) {
      Indices there(own.size());
      for (std::size_t i = 0; i < own.size(); ++i) there[i] = own[i] == 1 ? 0 : at[i];
      there.erase(there.begin(), there.begin() + static_cast<Index>(rank) - x.shape.rank());
      return element(x, there);
    };
    return f(of(a, left), of(b, right));
  });
}

using Line = std::vector<Number>;

/// The elements of x along an axis, from a place on.
inline Line line_of(const Array& x, std::size_t along, Indices at) {
  Line line;
  for (at[along] = 0; at[along] < x.shape[static_cast<Index>(along)]; ++at[along]) line.push_back(element(x, at));
  return line;
}

/// y = f(line), a number, of all lines along an axis, which disappears unless it is kept.
inline Array over(const Array& x, Index axis, bool keep, Function<Number(const Line&)> f) {
  const std::size_t along = axis_of(x.shape, axis);
  Indices sizes = sizes_of(x.shape);
  sizes[along] = 1;
  Array y = make(sizes, [&](const Indices& at) { return f(line_of(x, along, at)); });
  if (!keep) sizes.erase(sizes.begin() + static_cast<Index>(along));
  y.shape = shape_of(sizes);
  return y;
}

/// y = f(line), as long a line, of all lines along an axis.
inline Array along(const Array& x, Index axis, Function<Line(const Line&)> f) {
  const std::size_t along = axis_of(x.shape, axis);
  Indices sizes = sizes_of(x.shape);
  sizes[along] = 1;
  Array y = x;
  each_place(sizes, [&](Indices at) {
    for (const Number& number : f(line_of(x, along, at))) {
      y.elements[static_cast<std::size_t>(offset_of(x.shape, at))] = number;
      ++at[along];
    }
  });
  return y;
}

inline Number sum(Tape& tape, const Line& line) {
  Sum total(tape);
  for (const Number& number : line) total.add(number);
  return total.result();
}

inline Array sum(Tape& tape, const Array& x) { return {{}, {sum(tape, x.elements)}}; }

inline Array sum(Tape& tape, const Array& x, Index axis, bool keep) {
  return over(x, axis, keep, [&](const Line& line) { return sum(tape, line); });
}

/// Divided by a number of elements, which may be 0.
inline Number divided(Tape& tape, const Number& x, Index n) { return scaled(tape, x, n ? Real(1) / Real(n) : unknown); }

inline Array reshape(const Array& x, Indices sizes) {
  Index known = 1, unknowns = 0;
  for (Index size : sizes) size == -1 ? ++unknowns : known *= size;
  const Index n = x.shape.numel();
  expect_shape(unknowns <= 1 && (unknowns == 0 || (known > 0 && n % known == 0)));
  for (Index& size : sizes) {
    if (size == -1) size = n / known;
    expect_shape(size >= 0);
  }
  expect_shape(sizes.size() <= static_cast<std::size_t>(Shape::max_rank) && shape_of(sizes).numel() == n);
  return {shape_of(sizes), x.elements};
}

inline Array permute(const Array& x, const Indices& order) {
  expect_shape(std::ssize(order) == x.shape.rank());
  std::vector<std::size_t> from;
  for (Index axis : order) {
    const std::size_t old = axis_of(x.shape, axis);
    expect_shape(std::find(from.begin(), from.end(), old) == from.end());
    from.push_back(old);
  }
  Indices sizes;
  for (std::size_t old : from) sizes.push_back(x.shape[static_cast<Index>(old)]);
  return make(sizes, [&](const Indices& at) {
    Indices there(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) there[from[i]] = at[i];
    return element(x, there);
  });
}

inline Array slice(const Array& x, Index axis, Index first, Index last) {
  const std::size_t along = axis_of(x.shape, axis);
  Indices sizes = sizes_of(x.shape);
  expect_shape(0 <= first && first <= last && last <= sizes[along]);
  sizes[along] = last - first;
  return make(sizes, [&](Indices at) {
    at[along] += first;
    return element(x, at);
  });
}

inline Array concat(const Inputs& parts, Index axis) {
  expect_shape(!parts.empty());
  const std::size_t along = axis_of(parts[0]->shape, axis);
  Indices sizes = sizes_of(parts[0]->shape);
  std::vector<std::pair<const Array*, Index>> of;  // for each place along the axis: whose, and which of it
  for (const Array* part : parts) {
    Indices other = sizes_of(part->shape);
    expect_shape(other.size() == sizes.size());
    for (Index i = 0; i < other[along]; ++i) of.emplace_back(part, i);
    other[along] = sizes[along];
    expect_shape(other == sizes);
  }
  sizes[along] = std::ssize(of);
  return make(sizes, [&](Indices at) {
    const auto& [part, place] = of[static_cast<std::size_t>(at[along])];
    at[along] = place;
    return element(*part, at);
  });
}

inline Array matmul(Tape& tape, const Array& a, const Array& b) {
  const Indices left = sizes_of(a.shape), right = sizes_of(b.shape);
  const std::size_t rank = left.size();
  expect_shape((rank == 2 || rank == 3) && right.size() == rank && left[rank - 1] == right[rank - 2] &&
               (rank == 2 || left[0] == right[0]));
  Indices sizes = left;
  sizes[rank - 1] = right[rank - 1];
  return make(sizes, [&](const Indices& at) {
    Sum total(tape);
    for (Index k = 0; k < left[rank - 1]; ++k) {
      Indices in_a = at, in_b = at;
      in_a[rank - 1] = in_b[rank - 2] = k;
      total.add_product(element(a, in_a), element(b, in_b));
    }
    return total.result();
  });
}

}  // namespace fuzz
