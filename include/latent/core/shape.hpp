#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>

#include "latent/core/check.hpp"

namespace latent {

/// Sizes and offsets are signed, so that differences and loops downwards are safe.
using Index = std::ptrdiff_t;

/// Sizes of a tensor, outermost first, row-major. Rank 0 is a scalar with one element.
/// Usable in constant expressions, so that a stack of layers can be checked by static_assert.
class Shape {
 public:
  static constexpr Index max_rank = 6;  ///< axes that a shape has at most

  /// No axes, the shape of a scalar: one element.
  constexpr Shape() = default;

  /// Throws ShapeError for more than six sizes, a negative one, or more elements than memory has addresses.
  constexpr Shape(std::initializer_list<Index> sizes) {
    for (Index size : sizes) append(size);
  }

  /// Number of axes.
  constexpr Index rank() const { return rank_; }

  /// Size of an axis; negative axes count from the end, as in `shape.size(-1)`. ShapeError if there is none.
  constexpr Index size(Index axis) const { return sizes_[normalize_axis(axis)]; }

  /// Size of an axis counted from the front; ShapeError if there is none.
  constexpr Index operator[](Index axis) const {
    check<ShapeError>(0 <= axis && axis < rank_, "shape: index ", axis, " is not within ", *this);
    return sizes_[axis];
  }

  /// Number of elements.
  constexpr Index numel() const {
    Index product = 1;
    for (Index axis = 0; axis < rank_; ++axis) product *= sizes_[axis];
    return product;
  }

  /// Elements between neighbours along `axis`, i.e. the product of the sizes behind it.
  constexpr Index stride(Index axis) const {
    Index product = 1;
    for (Index behind = axis + 1; behind < rank_; ++behind) product *= sizes_[behind];
    return product;
  }

  /// Turns an axis counted from the end into one counted from the front; ShapeError, naming `operation`, if there is
  /// none.
  constexpr Index normalize_axis(Index axis, const char* operation = "shape") const {
    check<ShapeError>(axis >= -rank_ && axis < rank_, operation, ": axis ", axis, " does not exist in shape ", *this);
    return axis < 0 ? axis + rank_ : axis;
  }

  /// The sizes as an array to unpack: `const auto [n, in] = shape.sizes<2>("linear: x [N, In]")`.
  /// Throws ShapeError, quoting `what`, if the rank is another.
  template <Index Rank>
  constexpr std::array<Index, static_cast<std::size_t>(Rank)> sizes(std::string_view what) const {
    check<ShapeError>(rank_ == Rank, what, " expected, got shape ", *this);
    std::array<Index, static_cast<std::size_t>(Rank)> result{};
    for (Index axis = 0; axis < Rank; ++axis) result[static_cast<std::size_t>(axis)] = sizes_[axis];
    return result;
  }

  /// A copy with one size replaced. ShapeError for an axis that does not exist, or as the constructor.
  constexpr Shape with(Index axis, Index size) const {
    Shape result;
    const Index target = normalize_axis(axis);
    for (Index i = 0; i < rank_; ++i) result.append(i == target ? size : sizes_[i]);
    return result;
  }

  /// A copy with one axis removed. ShapeError for an axis that does not exist.
  constexpr Shape without(Index axis) const {
    Shape result;
    const Index removed = normalize_axis(axis);
    for (Index i = 0; i < rank_; ++i)
      if (i != removed) result.append(sizes_[i]);
    return result;
  }

  /// Adds an innermost axis; ShapeError, naming `operation`, as the constructor.
  constexpr void append(Index size, const char* operation = "shape") {
    check<ShapeError>(rank_ < max_rank, operation, ": at most ", max_rank, " sizes expected, got ", *this, " and ",
                      size);
    check<ShapeError>(size >= 0, operation, ": sizes must be at least 0, got ", size, " behind ", *this);
    Index product = 1;  // as if no size were 0, so that strides fit as well
    for (Index axis = 0; axis < rank_; ++axis) product *= sizes_[axis] ? sizes_[axis] : 1;
    check<ShapeError>(size == 0 || product <= std::numeric_limits<Index>::max() / 16 / size, operation, ": ", *this,
                      " times ", size, " elements are too large for memory");
    sizes_[rank_++] = size;
  }

  /// Whether rank and all sizes are the same.
  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (Index axis = 0; axis < a.rank_; ++axis)
      if (a.sizes_[axis] != b.sizes_[axis]) return false;
    return true;
  }

  /// "[64, 28, 28, 1]"
  friend void append_to(std::string& text, const Shape& shape) {
    text += '[';
    for (Index axis = 0; axis < shape.rank_; ++axis) {
      if (axis > 0) text += ", ";
      append_to(text, shape.sizes_[axis]);
    }
    text += ']';
  }

  /// The same on a stream, for who includes <ostream>.
  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Shape& shape) {
    std::string text;
    append_to(text, shape);
    return out << text.c_str();
  }

  // Public, as members of all types are whose values can be template arguments; nobody else uses them.
  Index sizes_[max_rank] = {};
  Index rank_ = 0;
};

}  // namespace latent
