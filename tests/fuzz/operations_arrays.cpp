// Operations on whole arrays: their shapes, parts and products.

#include "operations.hpp"

#include "families/products.hpp"
#include "families/selection.hpp"
#include "families/shapes.hpp"

namespace fuzz::families {

std::vector<Operation> arrays() { return joined({detail::shapes, detail::selections, detail::products}); }

}  // namespace fuzz::families
