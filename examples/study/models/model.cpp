#include "study/models/model.hpp"

#include <latent/core/random.hpp>

namespace study {

void Model::set(const std::string& option, double value) {
  for (const Option& one : options())
    if (one.name == option) {
      std::visit([value](auto* field) { *field = static_cast<std::remove_pointer_t<decltype(field)>>(value); },
                 one.value);
      return;
    }
  throw ValueError(std::string(description().name) + ": no option " + option);
}

void Model::initialize(std::uint64_t seed) {
  Rng rng(seed, 1ULL << 33);  // the order of images takes the streams from 0 on
  initialize(rng);
}

Variable<float> Model::loss(const Variable<float>& x, Rng& rng) const {
  const Index noise = description().noise;
  return loss(x, noise > 0 ? rng.normal<float>({x.size(0), noise}) : Tensor<float>());
}

}  // namespace study
