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

struct Tied {
  nn::Linear<> first, second;
  template <class F>
  void visit(F&& f) const {
    f("first", first);
    f("second", second);
  }
};

struct Pointing {
  std::shared_ptr<nn::Linear<>> layer;
  template <class F>
  void visit(F&& f) const {
    f("layer", *layer);
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

TEST_CASE("parameters: a variable that two layers share is one parameter, and one in a clone too") {
  Rng rng(1);
  Tied model{nn::Linear({.in = 2, .out = 2}, rng), nn::Linear({.in = 2, .out = 2}, rng)};
  model.second.weight = model.first.weight;
  CHECK(nn::parameters(model).size() == 3);
  CHECK(nn::named_parameters(model)[2].first == "second.bias");
  CHECK(nn::parameter_count(model) == 4 + 2 + 2);

  const Tied copy = nn::clone(model);
  CHECK(copy.first.weight.identity() == copy.second.weight.identity());
  CHECK(copy.first.weight.identity() != model.first.weight.identity());
  CHECK(copy.first.bias.identity() != model.first.bias.identity());
  CHECK(copy.first.weight.requires_grad());
  CHECK(reference::identical(copy.second.bias.value(), model.second.bias.value()));
  const Tensor<float> before = copy.first.weight.value();
  model.first.weight.set_value(Tensor<float>::full({2, 2}, 7));
  CHECK(reference::identical(copy.first.weight.value(), before));
}

TEST_CASE("clone: what shares its layers through pointers is refused, and stays as it is") {
  Rng rng(1);
  const Pointing model{std::make_shared<nn::Linear<>>(nn::LinearOptions{.in = 2, .out = 2}, rng)};
  const void* const identity = model.layer->weight.identity();
  CHECK(message_of<ValueError>([&] { nn::clone(model); }) == "clone: copies of the model share layer.weight");
  CHECK(model.layer->weight.identity() == identity);
}
