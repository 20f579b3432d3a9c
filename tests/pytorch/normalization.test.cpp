#include <latent/io/state_dict.hpp>

#include "../reference.hpp"
#include "../temporary.hpp"
#include "fixtures.hpp"

using namespace latent;
using fixtures::find;
using fixtures::Options;
using fixtures::Variables;

namespace {

/// Each batch in turn, in training or not, then the first again in evaluation; and the statistics in the end.
template <class Layer, class T>
Variables<T> run_batch_norm(const Options& o, const Variables<T>& in) {
  const auto x0 = in.at("x0");
  Layer layer({.channels = x0.size(-1),
               .eps = o.number("eps", 1e-5),
               .momentum = o.number("momentum", 0.1),
               .affine = o.flag("affine", true),
               .track_running_stats = o.flag("track_running_stats", true)});
  layer.weight = find(in, "weight");
  layer.bias = find(in, "bias");
  const bool evaluation = o.flag("evaluation");
  if (evaluation)
    for (std::size_t c = 0; c < static_cast<std::size_t>(x0.size(-1)); ++c) {
      layer.running_mean.writable()[c] = static_cast<T>(c) / 4 - 1;
      layer.running_var.writable()[c] = static_cast<T>(c) / 2 + T(0.5);
    }
  Variables<T> results;
  Rng rng(1);
  const auto each_batch = [&] {
    for (const auto& [name, x] : in)
      if (name[0] == 'x') results[message("y", name.substr(1))] = layer(x);
  };
  if (evaluation) {
    each_batch();
  } else {
    const nn::Training mode(rng);
    each_batch();
  }
  if (!evaluation && !o.flag("special")) results["z"] = layer(x0);
  if (layer.running_mean) {
    results["mean"] = layer.running_mean.value();
    results["var"] = layer.running_var.value();
    results["batches"] = layer.num_batches_tracked.value().template cast<T>();
  }
  return results;
}

Shape normalized_shape(const Options& o) {
  Shape shape;
  for (const double size : o.numbers("shape")) shape.append(static_cast<Index>(size));
  return shape;
}

}  // namespace

TEST_CASE("pytorch: batch_norm in training and evaluation, and its running statistics") {
  fixtures::check_file("batch_norm", []<class T>(const Options& o, const Variables<T>& in) {
    return in.at("x0").shape().rank() == 4 ? run_batch_norm<nn::BatchNorm2d<T>>(o, in)
                                           : run_batch_norm<nn::BatchNorm1d<T>>(o, in);
  });
}

TEST_CASE("pytorch: layer_norm and rms_norm") {
  fixtures::check_file("layer_norm", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    if (o.text("op") == "rms_norm") {
      nn::RMSNorm<T> layer({.normalized_shape = normalized_shape(o),
                            .eps = o.number("eps", nn::type_epsilon),
                            .elementwise_affine = o.flag("affine", true)});
      layer.weight = find(in, "weight");
      return {{"y", layer(in.at("x"))}};
    }
    nn::LayerNorm<T> layer({.normalized_shape = normalized_shape(o),
                            .eps = o.number("eps", 1e-5),
                            .elementwise_affine = o.flag("affine", true),
                            .bias = o.flag("bias", true)});
    layer.weight = find(in, "weight");
    layer.bias = find(in, "bias");
    return {{"y", layer(in.at("x"))}};
  });
}

TEST_CASE("pytorch: group_norm, and instance_norm as a case of it") {
  fixtures::check_file("group_norm", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const auto x = in.at("x");
    nn::GroupNorm<T> layer({.groups = o.index("groups"),
                            .channels = x.size(-1),
                            .eps = o.number("eps", 1e-5),
                            .affine = o.flag("affine", true)});
    layer.weight = find(in, "weight");
    layer.bias = find(in, "bias");
    return {{"y", layer(x)}};
  });
}

TEST_CASE("pytorch: the state_dict of a trained model with normalisations, loaded strictly and written again") {
  Rng rng(1);
  const nn::Sequential model(nn::Conv2d<float>({.in = 2, .out = 4, .kernel = 3}, rng),
                             nn::BatchNorm2d<float>({.channels = 4}), nn::ReLU{}, nn::Flatten{},
                             nn::Linear<float>({.in = 36, .out = 6}, rng), nn::BatchNorm1d<float>({.channels = 6}),
                             nn::Dropout({.p = 0.2}), nn::LayerNorm<float>({.normalized_shape = {6}}));
  const std::string path = std::string(LATENT_TEST_FIXTURES) + "/normalized_model.safetensors";
  const io::SafeTensorsFile file(path);
  io::load_state_dict(path, model, {.prefix = "model."});
  CHECK(std::get<1>(model.layers).num_batches_tracked.value().item() == 5);
  CHECK(reference::difference(model(Variable<float>(file.read<float>("x"))).value(), file.read<float>("y")) < 1e-6);

  const TemporaryFolder folder;
  io::save_state_dict(folder / "model.safetensors", model);
  const io::SafeTensorsFile written(folder / "model.safetensors");
  CHECK(written.tensors().size() + 2 == file.tensors().size());
  for (const auto& [name, entry] : written.tensors()) {
    const auto& theirs = file.tensors().at("model." + name);
    CHECK(entry.dtype == theirs.dtype);
    CHECK(entry.shape == theirs.shape);
    if (entry.dtype == io::DType::F32)
      CHECK(reference::identical(written.read<float>(name), file.read<float>("model." + name)));
  }
}
