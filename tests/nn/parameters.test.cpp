#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {
struct Nested {
  nn::Linear<> first;
  nn::Sequential<nn::ReLU, nn::Linear<>> rest;
  template <class F>
  void visit(F&& f) const {
    f("first", first);
    f("rest", rest);
  }
};
}  // namespace

TEST_CASE("parameters: are found by name through nested models, absent ones left out") {
  Rng rng(1);
  const Nested model{nn::Linear({.in = 2, .out = 3, .bias = false}, rng),
                     nn::Sequential{nn::ReLU{}, nn::Linear({.in = 3, .out = 1}, rng)}};
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(model)) names += name + " ";
  CHECK(names == "first.weight rest.1.weight rest.1.bias ");
  CHECK(nn::parameters(model).size() == 3);
  CHECK(nn::parameters(nn::ReLU{}).empty());
}
