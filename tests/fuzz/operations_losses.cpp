// Losses.

#include "operations.hpp"

#include "families/classification.hpp"
#include "families/regression.hpp"

namespace fuzz::families {

std::vector<Operation> losses() { return joined({detail::regression, detail::classification}); }

}  // namespace fuzz::families
