#pragma once

// Whole graphs, by the numbers of one scalar type and by chance.

#include "drawing.hpp"
#include "operations.hpp"

namespace fuzz {

/// A graph with the numbers of one scalar type.
class Interpretation {
 public:
  explicit Interpretation(const Rounding& rounding) : tape(rounding) {}

  Tape tape;
  std::vector<Array> nodes;
  const std::vector<Array>* constants_from = nullptr;  ///< nodes that are constants for operations, if not the own

  /// Computes the next item; throws a Refusal.
  void run(const Item& item) {
    if (!item.operation) {
      Array leaf{item.shape, {}};
      for (double value : item.values) leaf.elements.push_back(tape.leaf(value));
      nodes.push_back(std::move(leaf));
      return;
    }
    Inputs inputs;
    for (std::size_t input : item.inputs) inputs.push_back(input == none ? nullptr : &nodes[input]);
    Arrays constants(inputs.size());
    for (std::size_t i = inputs.size() - item.constants; i < inputs.size(); ++i) {
      if (!inputs[i]) continue;
      constants[i] = map((constants_from ? *constants_from : nodes)[item.inputs[i]], [&](const Number& number) {
        return Number{number.value, number.error, tape.leaf(0).place};
      });
      inputs[i] = &constants[i];
    }
    for (Array& result : item.operation->interpret(tape, inputs, item)) nodes.push_back(std::move(result));
  }

  /// The gradients of all numbers; `upstream` is that of the nodes, in their order, or empty.
  std::vector<Tape::Gradient> gradients(const std::vector<std::vector<double>>& upstream) const {
    std::vector<Tape::Gradient> start(tape.size());
    for (const Array& node : nodes)
      for (const Number& number : node.elements) start[number.place].passed_on = true;
    for (std::size_t node = 0; node < upstream.size(); ++node)
      for (std::size_t i = 0; i < upstream[node].size(); ++i)
        start[nodes[node].elements[i].place].add(upstream[node][i], 0);
    return tape.gradients(std::move(start));
  }
};

/// Draws a graph and what its operations refuse.
inline Graph draw_graph(std::uint64_t seed) {
  constexpr Magnitude magnitudes[]{Magnitude::mild,   Magnitude::mild, Magnitude::mild,
                                   Magnitude::halves, Magnitude::wide, Magnitude::extreme};
  Drawing d(seed, magnitudes[seed % 6]);
  Interpretation shapes(Rounding::of<double>());
  std::size_t done = 0;
  const auto catch_up = [&] {
    for (; done < d.graph.items.size(); ++done) shapes.run(d.graph.items[done]);
  };
  for (Index left = d.index(1, 5); left > 0; --left) {
    Item item;
    item.operation = &operations()[static_cast<std::size_t>(d.index(0, std::ssize(operations()) - 1))];
    item.operation->draw(d, item);
    if (d.chance(8)) {  // spoilt, perhaps
      const auto options = std::ssize(item.options);
      const Index at = d.index(0, options + (item.fixed_inputs ? 0 : std::ssize(item.inputs)) - 1);
      if (at < options) {
        item.options[static_cast<std::size_t>(at)] = d.one_of(Indices{-2, -1, 0, 1, 2, 3, 5});
      } else {
        item.inputs[static_cast<std::size_t>(at - options)] = d.any_operand();
      }
    }
    catch_up();
    item.node = d.graph.shapes.size();
    try {
      shapes.run(item);
    } catch (const Refusal& refusal) {
      item.refusal = refusal.type;
    }
    d.graph.items.push_back(std::move(item));
    ++done;
    for (std::size_t i = d.graph.shapes.size(); i < shapes.nodes.size(); ++i)
      d.graph.shapes.push_back(shapes.nodes[i].shape);
  }
  return std::move(d.graph);
}

}  // namespace fuzz
