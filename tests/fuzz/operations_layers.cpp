// Layers of sequences, and normalisation.

#include "operations.hpp"

#include "families/attention.hpp"
#include "families/norms.hpp"
#include "families/sequences.hpp"

namespace fuzz::families {

std::vector<Operation> layers() { return joined({detail::norms, detail::sequences, detail::attentions}); }

}  // namespace fuzz::families
