#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("module list: as many layers as wanted, one behind the other, named by their places") {
  Rng rng(1);
  nn::ModuleList<nn::Linear<>> list;
  const Variable<float> x(reference::random<float>({2, 3}, 1));
  CHECK(list(x).identity() == x.identity());
  for (Index i = 0; i < 3; ++i) list.layers.emplace_back(nn::LinearOptions{.in = 3 + i, .out = 4 + i}, rng);
  const nn::Sequential same{list.layers[0], list.layers[1], list.layers[2]};
  CHECK(reference::identical(list(x).value(), same(x).value()));
  CHECK(list.output_shape({2, 3}) == Shape{2, 6});
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(list)) names += name + " ";
  CHECK(names == "0.weight 0.bias 1.weight 1.bias 2.weight 2.bias ");
  const auto own = nn::clone(list);
  CHECK(own.layers[2].weight.identity() != list.layers[2].weight.identity());
  CHECK(reference::identical(own(x).value(), list(x).value()));
}

TEST_CASE("module list: an error says in which layer, and so does DetectAnomaly") {
  Rng rng(1);
  nn::ModuleList<nn::Linear<>> list;
  for (Index i = 0; i < 2; ++i) list.layers.emplace_back(nn::LinearOptions{.in = 3, .out = 2}, rng);
  CHECK(message_of<ShapeError>([&] {
          list(Variable<float>(Tensor<float>({5, 3})));
        }) == "ModuleList: layer 1 (Linear): linear: x [5, 2] does not fit weight [2, 3], expected x [N, 3]");
  CHECK(message_of<ShapeError>([&] {
          list.output_shape({5, 3});
        }) == "ModuleList: layer 1 (Linear): Linear: x [5, 2] does not fit, expected x [N, 3]");
  list.layers.pop_back();
  list.layers[0].bias.writable()[0] = std::numeric_limits<float>::infinity();
  const DetectAnomaly guard;
  CHECK(message_of<AnomalyError>([&] {
          list(Variable<float>(Tensor<float>({1, 3})));
        }).find("ModuleList: layer 0 (Linear)") != std::string::npos);
}
