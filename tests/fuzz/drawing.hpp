#pragma once

// What graphs are drawn with.

#include "graph.hpp"

namespace fuzz {

/// Draws the parts of a graph.
class Drawing {
 public:
  Drawing(std::uint64_t seed, Magnitude magnitude) : rng_(seed, 4711) { graph.magnitude = magnitude; }

  Graph graph;

  Index index(Index least, Index most) {
    return least + static_cast<Index>(rng_.below(static_cast<std::uint32_t>(most - least + 1)));
  }
  bool chance(int percent) { return index(0, 99) < percent; }
  template <class List>
  auto one_of(const List& list) {
    return list[static_cast<std::size_t>(index(0, std::ssize(list) - 1))];
  }

  /// A size of an axis, now and then 0 or beyond the registers; each graph has two large ones at most.
  Index size() {
    if (chance(4)) return 0;
    if (chance(5) && large_left_ > 0) {
      --large_left_;
      return index(15, 40);
    }
    return chance(85) ? index(1, 5) : index(6, 9);
  }
  Shape shape(Index rank) {
    Shape shape;
    for (Index i = 0; i < rank; ++i) shape.append(size());
    return shape;
  }

  /// An element, which float holds exactly.
  double element() {
    const double uniform = 2 * static_cast<double>(rng_.uniform<float>()) - 1;
    const double sign = uniform < 0 ? -1 : 1;
    switch (graph.magnitude) {
      case Magnitude::mild: return 2 * uniform;
      case Magnitude::halves: return static_cast<double>(index(-4, 4)) / 2;
      case Magnitude::wide: return std::ldexp(uniform, static_cast<int>(index(-12, 12)));
      case Magnitude::extreme: return chance(10) ? 0 : std::ldexp(sign, static_cast<int>(index(-126, 126)));
    }
    return 0;
  }

  /// A new leaf, or now and then an old one of this shape.
  std::size_t leaf(const Shape& shape) {
    if (chance(15))
      for (std::size_t i = 0; i < graph.shapes.size(); ++i)
        if (graph.shapes[i] == shape) return i;
    return leaf(shape, [](double x) { return x; });
  }
  /// A new leaf of elements f(x), which float holds exactly.
  template <class F>
  std::size_t leaf(const Shape& shape, F f) {
    Item item;
    item.shape = shape;
    for (Index i = 0; i < shape.numel(); ++i)
      item.values.push_back(static_cast<double>(static_cast<float>(f(element()))));
    item.wants_gradient = chance(80);
    item.node = graph.shapes.size();
    graph.items.push_back(std::move(item));
    graph.shapes.push_back(shape);
    return graph.shapes.size() - 1;
  }

  /// An earlier node, or a new leaf.
  std::size_t operand() { return operand(index(0, 4)); }
  std::size_t operand(Index rank) {
    if (chance(75))
      for (std::size_t i = graph.shapes.size(); i-- > 0;)
        if (graph.shapes[i].rank() == rank && graph.shapes[i].numel() <= 600 && chance(70)) return i;
    return leaf(shape(rank));
  }
  std::size_t any_operand() {
    if (chance(80))
      for (std::size_t i = graph.shapes.size(); i-- > 0;)
        if (graph.shapes[i].numel() <= 600 && chance(60)) return i;
    return operand();
  }
  /// By chance absent.
  std::size_t maybe(int percent, const Shape& shape) { return chance(percent) ? leaf(shape) : none; }

  const Shape& shape_of(std::size_t node) const { return graph.shapes[node]; }

 private:
  latent::Rng rng_;
  int large_left_ = 2;
};

}  // namespace fuzz
