#pragma once

// All operations: how they are drawn, interpreted and computed by the library. They are compiled in several units.

#include "graph.hpp"

namespace fuzz {

using Family = std::vector<Operation> (*)();

inline std::vector<Operation> joined(std::initializer_list<Family> families) {
  std::vector<Operation> all;
  for (const Family family : families)
    for (Operation& operation : family()) all.push_back(std::move(operation));
  return all;
}

namespace families {
std::vector<Operation> elements(), arrays(), images(), layers(), losses();
}

inline const std::vector<Operation>& operations() {
  static const std::vector<Operation> all =
      joined({families::elements, families::arrays, families::images, families::layers, families::losses});
  return all;
}

}  // namespace fuzz
