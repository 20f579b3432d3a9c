#pragma once

// Graphs of operations, and how they are shown.

#include <string>

#include "losses.hpp"

namespace fuzz {

using latent::Variable;

template <Scalar T>
using Variables = std::vector<Variable<T>>;

struct Operation;

/// A leaf, or an operation on earlier nodes.
struct Item {
  const Operation* operation = nullptr;  ///< null for a leaf
  std::vector<std::size_t> inputs;       ///< numbers of nodes, or `none`
  bool fixed_inputs = false;             ///< whose values decide what is refused
  std::size_t constants = 0;             ///< how many of the last inputs have no gradient
  Indices options;
  double number = 0;                        ///< the operand that is no tensor
  const std::type_info* refusal = nullptr;  ///< what is thrown instead of results
  std::size_t node = 0;                     ///< the first of its results

  Shape shape;  ///< of a leaf, as the rest
  std::vector<double> values;
  bool wants_gradient = false;
};

inline constexpr std::size_t none = static_cast<std::size_t>(-1);

/// An operation in three forms.
struct Operation {
  const char* name;
  std::vector<const char*> option_names;  ///< of the first options
  void (*draw)(class Drawing&, Item&);
  Arrays (*interpret)(Tape&, const Inputs&, const Item&);
  Variables<float> (*in_float)(const Variables<float>&, const Item&);
  Variables<double> (*in_double)(const Variables<double>&, const Item&);
};

/// Of elements: between -2 and 2, multiples of a half there, over many powers of two, or over all of float's.
enum class Magnitude { mild, halves, wide, extreme };

/// What is in the order of computation; each leaf is one node, each result of an operation another.
struct Graph {
  std::vector<Item> items;
  std::vector<Shape> shapes;  ///< of the nodes
  Magnitude magnitude = Magnitude::mild;

  std::string text() const;
};

inline std::string Graph::text() const {
  std::string text;
  const auto number = [&](double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.9g", value);
    text += digits;
  };
  for (const Item& item : items) {
    latent::append_to(text, "  x"), latent::append_to(text, item.node);
    if (!item.operation) {
      latent::append_to(text, " ");
      append_to(text, item.shape);
      latent::append_to(text, item.wants_gradient ? " = {" : " without gradient = {");
      for (std::size_t i = 0; i < item.values.size() && i < 8; ++i) {
        if (i) latent::append_to(text, ", ");
        number(item.values[i]);
      }
      latent::append_to(text, item.values.size() > 8 ? ", ..}\n" : "}\n");
      continue;
    }
    latent::append_to(text, item.refusal ? ", not computed, = " : " = ");
    latent::append_to(text, item.operation->name);
    for (std::size_t i = 0; i < item.inputs.size(); ++i) {
      latent::append_to(text, i ? ", " : "(");
      if (item.inputs[i] == none) {
        latent::append_to(text, "none");
      } else {
        latent::append_to(text, "x"), latent::append_to(text, item.inputs[i]);
      }
    }
    latent::append_to(text, "; number ");
    number(item.number);
    for (std::size_t i = 0; i < item.options.size(); ++i) {
      latent::append_to(text, ", ");
      if (i < item.operation->option_names.size())
        latent::append_to(text, item.operation->option_names[i]), latent::append_to(text, " ");
      latent::append_to(text, item.options[i]);
    }
    latent::append_to(text, item.refusal ? "), to be refused by " + name_of(*item.refusal) + "\n" : ")\n");
  }
  return text;
}

}  // namespace fuzz
