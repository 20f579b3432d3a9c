#pragma once

// Kinds of operations: what is left to say of one is a row in its family's list.

#include "draw_operations.hpp"
#include "library.hpp"

namespace fuzz::detail {

inline Arrays list(Array x) { return {std::move(x)}; }
inline Arrays list(Arrays x) { return x; }
template <Scalar T>
Variables<T> list(Variable<T> x) {
  return {std::move(x)};
}
template <Scalar T>
Variables<T> list(Variables<T> x) {
  return x;
}

/// interpret(tape, inputs, item) and compute(inputs, item), which give one result or several.
template <class Interpret, class Compute>
Operation operation(const char* name, std::vector<const char*> option_names, void (*draw)(Drawing&, Item&), Interpret,
                    Compute) {
  return {name,
          std::move(option_names),
          draw,
          [](Tape& tape, const Inputs& in, const Item& item) { return list(Interpret{}(tape, in, item)); },
          [](const Variables<float>& in, const Item& item) { return list(Compute{}(in, item)); },
          [](const Variables<double>& in, const Item& item) { return list(Compute{}(in, item)); }};
}

/// interpret(tape, x) and compute(x).
template <class Interpret, class Compute>
Operation of_elements(const char* name, Interpret, Compute) {
  return operation(
      name, {}, draw_one,
      [](Tape& tape, const Inputs& in, const Item&) {
        return map(*in[0], [&](const Number& x) { return Interpret{}(tape, x); });
      },
      [](const auto& in, const Item&) { return Compute{}(in[0]); });
}

/// interpret(tape, a, b) and compute(a, b), with broadcasting.
template <class Interpret, class Compute>
Operation of_pairs(const char* name, Interpret, Compute) {
  return operation(
      name, {}, draw_pair,
      [](Tape& tape, const Inputs& in, const Item&) {
        return broadcast(*in[0], *in[1], [&](const Number& a, const Number& b) { return Interpret{}(tape, a, b); });
      },
      [](const auto& in, const Item&) { return Compute{}(in[0], in[1]); });
}

/// interpret(tape, x, s) and compute(x, s) with a number s.
template <class Interpret, class Compute>
Operation with_number(const char* name, Interpret, Compute) {
  return operation(
      name, {}, draw_number,
      [](Tape& tape, const Inputs& in, const Item& item) {
        return map(*in[0], [&](const Number& x) {
          return Interpret{}(tape, x, Number{item.number, 0, tape.leaf(0).place});
        });
      },
      []<Scalar T>(const Variables<T>& in, const Item& item) { return Compute{}(in[0], static_cast<T>(item.number)); });
}

/// interpret(tape, lines of x along an axis), which gives lines as long, and compute(x, axis).
template <class Interpret, class Compute>
Operation along_axis(const char* name, Interpret, Compute) {
  return operation(
      name, {"axis"}, draw_along_axis,
      [](Tape& tape, const Inputs& in, const Item& item) {
        return along(*in[0], item.options[0], [&](const Line& x) { return Interpret{}(tape, x); });
      },
      [](const auto& in, const Item& item) { return Compute{}(in[0], item.options[0]); });
}

/// interpret(tape, lines of x along an axis), which gives a number, and compute(x, axis, keep).
template <class Interpret, class Compute>
Operation over_axis(const char* name, Interpret, Compute) {
  return operation(
      name, {"axis", "keep"}, draw_axis_of_one,
      [](Tape& tape, const Inputs& in, const Item& item) {
        return over(*in[0], item.options[0], item.options[1] != 0, [&](const Line& x) { return Interpret{}(tape, x); });
      },
      [](const auto& in, const Item& item) { return Compute{}(in[0], item.options[0], item.options[1] != 0); });
}

/// interpret(tape, a, b) of two elements, and compute(a, b, reduction).
template <class Interpret, class Compute>
Operation loss(const char* name, Interpret, Compute) {
  return operation(
      name, {"reduction"}, draw_loss,
      [](Tape& tape, const Inputs& in, const Item& item) {
        return pointwise(tape, *in[0], *in[1], reduction(item.options[0]),
                         [&](const Number& a, const Number& b) { return Interpret{}(tape, a, b); });
      },
      [](const auto& in, const Item& item) { return Compute{}(in[0], in[1], reduction(item.options[0])); });
}

}  // namespace fuzz::detail
