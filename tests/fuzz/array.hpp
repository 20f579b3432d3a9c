#pragma once

// Arrays of numbers, and what operations refuse.

#include <string>
#include <typeinfo>
#include <utility>

#include "activations.hpp"

namespace fuzz {

using latent::Shape;

/// A function that is called while it exists. What takes one is compiled once, where templates would be for each.
template <class Signature>
class Function;

template <class Result, class... Arguments>
class Function<Result(Arguments...)> {
 public:
  template <class F>
  Function(const F& f)
      : object_(&f), call_([](const void* object, Arguments... arguments) -> Result {
          return (*static_cast<const F*>(object))(arguments...);
        }) {}

  Result operator()(Arguments... arguments) const { return call_(object_, arguments...); }

 private:
  const void* object_;
  Result (*call_)(const void*, Arguments...);
};

/// What an operation is expected to throw.
struct Refusal {
  const std::type_info* type;
};

/// The name of what is thrown.
inline std::string name_of(const std::type_info& type) {
  if (type == typeid(latent::ShapeError)) return "ShapeError";
  if (type == typeid(latent::ValueError)) return "ValueError";
  return type.name();
}

template <class E>
void expect(bool ok) {
  if (!ok) throw Refusal{&typeid(E)};
}

inline void expect_shape(bool ok) { expect<latent::ShapeError>(ok); }
inline void expect_value(bool ok) { expect<latent::ValueError>(ok); }

struct Array {
  Shape shape;
  std::vector<Number> elements;

  const Number& operator[](Index i) const { return elements[static_cast<std::size_t>(i)]; }
};

using Arrays = std::vector<Array>;
/// Of an operation; null for those that are left out.
using Inputs = std::vector<const Array*>;
using Indices = std::vector<Index>;

inline Indices sizes_of(const Shape& shape) {
  Indices sizes;
  for (Index axis = 0; axis < shape.rank(); ++axis) sizes.push_back(shape[axis]);
  return sizes;
}

inline Shape shape_of(const Indices& sizes) {
  Shape shape;
  for (Index size : sizes) shape.append(size);
  return shape;
}

/// Calls f(indices) for all elements in row-major order.
inline void each_place(const Indices& sizes, Function<void(const Indices&)> f) {
  Indices at(sizes.size());
  for (Index size : sizes)
    if (size == 0) return;
  for (;;) {
    f(at);
    std::size_t axis = at.size();
    while (axis-- > 0) {
      if (++at[axis] < sizes[axis]) break;
      at[axis] = 0;
    }
    if (axis == static_cast<std::size_t>(-1)) return;
  }
}

inline Index offset_of(const Shape& shape, const Indices& at) {
  Index offset = 0;
  for (std::size_t axis = 0; axis < at.size(); ++axis) offset = offset * shape[static_cast<Index>(axis)] + at[axis];
  return offset;
}

/// The element of x at a place.
inline const Number& element(const Array& x, const Indices& at) { return x[offset_of(x.shape, at)]; }

/// The array whose elements are f(indices).
inline Array make(const Indices& sizes, Function<Number(const Indices&)> f) {
  Array y{shape_of(sizes), {}};
  each_place(sizes, [&](const Indices& at) { y.elements.push_back(f(at)); });
  return y;
}

inline Array map(const Array& x, Function<Number(const Number&)> f) {
  Array y{x.shape, {}};
  for (const Number& number : x.elements) y.elements.push_back(f(number));
  return y;
}

/// x as what no derivative goes through, but finite differences would.
inline Number without_gradient(Tape& tape, const Number& x) {
  tape.nearest_corner = 0;
  return {x.value, x.error, tape.leaf(0).place};
}
inline Array without_gradient(Tape& tape, const Array& x) {
  return map(x, [&](const Number& number) { return without_gradient(tape, number); });
}

}  // namespace fuzz
