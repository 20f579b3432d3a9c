// Layers of images.

#include "operations.hpp"

#include "families/convolutions.hpp"
#include "families/pooling.hpp"

namespace fuzz::families {

std::vector<Operation> images() { return joined({detail::convolutions, detail::pooling}); }

}  // namespace fuzz::families
