#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

auto three_layers(Rng& rng) {
  return nn::Sequential{nn::Linear({.in = 3, .out = 4}, rng), nn::Tanh{}, nn::Linear({.in = 4, .out = 2}, rng)};
}

std::string frozen_of(const auto& model) {
  std::string names;
  for (const auto& [name, parameter] : nn::named_parameters(model))
    if (!parameter.requires_grad()) names += name + " ";
  return names;
}

}  // namespace

TEST_CASE("freeze: a layer, a parameter, or all, by the names that visit gives") {
  Rng rng(1);
  const auto model = three_layers(rng);
  nn::freeze(model, "0.");
  CHECK(frozen_of(model) == "0.weight 0.bias ");
  nn::freeze(model, "2.bias");
  CHECK(frozen_of(model) == "0.weight 0.bias 2.bias ");
  nn::unfreeze(model, "0");
  CHECK(frozen_of(model) == "2.bias ");
  nn::freeze(model);
  CHECK(frozen_of(model) == "0.weight 0.bias 2.weight 2.bias ");
  nn::unfreeze(model);
  CHECK(frozen_of(model).empty());
  CHECK_NOTHROW(nn::freeze(nn::Tanh{}));

  nn::ModuleList<nn::Linear<>> many;
  for (int i = 0; i < 11; ++i) many.layers.emplace_back(nn::LinearOptions{.in = 1, .out = 1, .bias = i < 3}, rng);
  nn::freeze(many, "1");
  CHECK(frozen_of(many) == "1.weight 1.bias ");
  CHECK(message_of<ValueError>([&] { nn::freeze(model, "encoder."); }) ==
        "freeze: no parameter within encoder. found in 0.weight, 0.bias, 2.weight, 2.bias");
  CHECK(message_of<ValueError>([&] { nn::unfreeze(many, "0.w"); }) ==
        "unfreeze: no parameter within 0.w found in 0.weight, 0.bias, 1.weight, 1.bias, 2.weight, 2.bias, 3.weight, "
        "4.weight, .. (14)");
}

TEST_CASE("freeze: frozen layers in front are computed without a record, and steps leave them alone") {
  Rng rng(1);
  const auto model = three_layers(rng), trained = nn::clone(model);
  nn::freeze(trained, "0");
  const Variable<float> x(rng.normal<float>({5, 3}));
  const Variable<float> hidden = std::get<0>(trained.layers)(x);
  CHECK(!hidden.requires_grad());
  CHECK(hidden.is_leaf());
  optim::AdamW optimizer(nn::named_parameters(trained), {.lr = 0.1, .weight_decay = 0.5});
  sum(trained(x)).backward();
  CHECK(!nn::parameter(trained, "0.weight").grad().defined());
  CHECK(nn::parameter(trained, "2.weight").grad().defined());
  optimizer.step();
  CHECK(nn::parameter(trained, "0.weight").value() == nn::parameter(model, "0.weight").value());
  CHECK(nn::parameter(trained, "2.weight").value() != nn::parameter(model, "2.weight").value());

  nn::unfreeze(trained, "0");
  optimizer.zero_grad();
  sum(trained(x)).backward();
  optimizer.step();
  CHECK(nn::parameter(trained, "0.weight").value() != nn::parameter(model, "0.weight").value());
}

TEST_CASE("parameter: is found by its name, with its gradient, which may be changed before a step") {
  Rng rng(1);
  const auto model = three_layers(rng);
  const Variable<float> bias = nn::parameter(model, "2.bias");
  CHECK(bias.identity() == std::get<2>(model.layers).bias.identity());
  optim::SGD optimizer(nn::parameters(model), {.lr = 1});
  sum(model(Variable<float>(Tensor<float>({5, 3})))).backward();
  CHECK(bias.grad() == Tensor<float>({2}, {5, 5}));
  for (const auto& p : nn::parameters(model)) p.set_grad(p.grad() * 0.5f);
  const Tensor<float> before = bias.value();
  optimizer.step();
  CHECK(bias.value() == before - 2.5f);
  CHECK(message_of<ValueError>([&] { nn::parameter(model, "2.gain"); }) ==
        "parameter: no 2.gain found in 0.weight, 0.bias, 2.weight, 2.bias");
  const nn::Linear<double> layer({.in = 1, .out = 1}, rng);
  CHECK(nn::parameter<double>(layer, "weight").identity() == layer.weight.identity());
}
