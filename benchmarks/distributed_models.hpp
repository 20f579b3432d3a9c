#pragma once

#include <algorithm>
#include <latent/latent.hpp>
#include <string>
#include <vector>

#include "study_steps.hpp"

/// What is trained by several processes: the five autoencoders, and a network with as many parameters as others have
/// that need several.
namespace benchmarks {

using namespace latent;

/// Names of all of them.
inline std::vector<std::string> distributed_models() { return {"fc", "cnn", "sparse", "rnn", "vae", "cnn25m"}; }

/// 25 million parameters in seven 3 x 3 convolutions on images of 28 x 28, of which three quarters are in the last two:
/// 0.3 billion multiply-adds an image, few for so many parameters.
inline auto large_cnn() {
  Rng rng(1);
  const auto conv = [&](Index in, Index out) {
    return nn::Conv2d({.in = in, .out = out, .kernel = 3, .padding = 1}, rng);
  };
  return nn::Sequential{conv(1, 64),
                        nn::ReLU{},
                        nn::MaxPool2d({.kernel = 2}),
                        conv(64, 128),
                        nn::ReLU{},
                        nn::MaxPool2d({.kernel = 2}),
                        conv(128, 256),
                        nn::ReLU{},
                        conv(256, 512),
                        nn::ReLU{},
                        nn::MaxPool2d({.kernel = 2}),
                        conv(512, 1024),
                        nn::ReLU{},
                        conv(1024, 1024),
                        nn::ReLU{},
                        conv(1024, 1024),
                        nn::ReLU{},
                        nn::MaxPool2d({.kernel = 3}),
                        nn::Flatten{},
                        nn::Linear({.in = 1024, .out = 10}, rng)};
}

/// Calls f(name, model, loss) for those with these names, where loss(batch, rng) is that of some images.
template <class F>
void each_distributed_model(const std::vector<std::string>& names, F f) {
  const auto wanted = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  for (const auto& model : study::five_models()) {
    const std::string name = model->description().id;
    if (!wanted(name)) continue;
    model->initialize(1);
    f(name, *model, [&](const auto& batch, Rng& rng) { return model->loss(Variable<float>(batch.images), rng); });
  }
  if (!wanted("cnn25m")) return;
  const auto model = large_cnn();
  f(std::string("cnn25m"), model,
    [&](const auto& batch, Rng&) { return cross_entropy(model(Variable<float>(batch.images)), batch.labels); });
}

inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace benchmarks
