// Operations on elements, and sums and others along axes.

#include "operations.hpp"

#include "families/activations.hpp"
#include "families/arithmetic.hpp"
#include "families/axes.hpp"

namespace fuzz::families {

std::vector<Operation> elements() { return joined({detail::arithmetic, detail::activations, detail::axes}); }

}  // namespace fuzz::families
