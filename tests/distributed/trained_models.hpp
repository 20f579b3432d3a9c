#pragma once

#include <latent/distributed/data_parallel.hpp>
#include <latent/distributed/distributed_loader.hpp>
#include <latent/latent.hpp>

/// Small models that are trained by several ranks.
namespace trained_models {

using namespace latent;

inline constexpr const char* names[] = {"dropout", "batch_norm", "noise", "lstm", "wide"};

/// With noise in its code, and a parameter that is never used.
struct Variational {
  nn::Linear<> mean, log_variance, decoder;
  Variable<float> unused;

  template <class F>
  void visit(F&& f) const {
    f("mean", mean), f("log_variance", log_variance), f("decoder", decoder), f("unused", unused);
  }
};

struct Recurrent {
  nn::LSTM<> lstm;
  nn::Linear<> linear;

  template <class F>
  void visit(F&& f) const {
    f("lstm", lstm), f("linear", linear);
  }
  Variable<float> loss(const Variable<float>& x, const Variable<float>& y) const {
    return mse_loss(linear(reshape(lstm(reshape(x, {-1, 6, 6})).output, {-1, 54})), y);
  }
};

/// Images [N, 6, 6, 1] and a number for each.
inline data::TensorDataset<float, float> data_set(Index n) {
  Rng rng(5);
  return data::TensorDataset(rng.uniform<float>({n, 6, 6, 1}), rng.uniform<float>({n, 1}));
}

/// All that a model has after `steps` steps with batches of 13 rows, the last of an epoch being 7.
template <class Model, class Loss>
std::vector<double> train(const Model& model, distributed::Communicator& communicator,
                          const distributed::DataParallelOptions& options, Index steps, double lr, const Loss& loss) {
  const auto set = data_set(13 * 3 + 7);
  distributed::DataParallel parallel(model, communicator, options);
  distributed::DistributedLoader loader(set, communicator, {.batch_size = 13, .shuffle = true, .seed = 3});
  optim::Adam optimizer(nn::named_parameters(model), {.lr = lr, .weight_decay = 0.01});
  std::vector<double> result;
  while (parallel.steps() < steps)
    for (const auto& batch : loader) {
      if (parallel.steps() == steps) break;
      result.push_back(static_cast<double>(parallel.backward(batch, [&](const auto& shard, Rng& rng) {
        return loss(Variable<float>(std::get<0>(shard)), Variable<float>(std::get<1>(shard)), rng);
      })));
      optimizer.step();
    }
  nn::each_state(model, [&](const nn::ParameterName&, const auto& part) {
    for (const auto value : part.value().elements()) result.push_back(static_cast<double>(value));
  });
  return result;
}

/// A model of this name.
inline std::vector<double> train(std::string_view name, distributed::Communicator& communicator,
                                 const distributed::DataParallelOptions& options, Index steps, double lr = 0.01) {
  Rng rng(1);
  if (name == "dropout") {
    const nn::Sequential model{nn::Flatten{}, nn::Linear({.in = 36, .out = 20}, rng), nn::Dropout({.p = 0.3}),
                               nn::Linear({.in = 20, .out = 1}, rng)};
    return train(model, communicator, options, steps, lr,
                 [&](const auto& x, const auto& y, Rng&) { return mse_loss(model(x), y); });
  }
  if (name == "wide") {  // enough that threads share it
    const nn::Sequential model{nn::Flatten{}, nn::Linear({.in = 36, .out = 800}, rng),
                               nn::ReLU{},    nn::Linear({.in = 800, .out = 400}, rng),
                               nn::Tanh{},    nn::Linear({.in = 400, .out = 1}, rng)};
    return train(model, communicator, options, steps, lr,
                 [&](const auto& x, const auto& y, Rng&) { return mse_loss(model(x), y); });
  }
  if (name == "batch_norm") {
    const nn::Sequential model{nn::Conv2d({.in = 1, .out = 4, .kernel = 3}, rng),
                               nn::BatchNorm2d({.channels = 4, .momentum = nn::cumulative_average}), nn::ReLU{},
                               nn::Flatten{}, nn::Linear({.in = 64, .out = 1}, rng)};
    return train(model, communicator, options, steps, lr,
                 [&](const auto& x, const auto& y, Rng&) { return mse_loss(model(x), y); });
  }
  if (name == "noise") {
    const Variational model{nn::Linear({.in = 36, .out = 5}, rng), nn::Linear({.in = 36, .out = 5}, rng),
                            nn::Linear({.in = 5, .out = 36}, rng),
                            Variable<float>(Tensor<float>::full({3}, 1.5f), true)};
    return train(model, communicator, options, steps, lr, [&](const auto& x, const auto&, Rng& noise) {
      const auto rows = reshape(x, {-1, 36}), mean = model.mean(rows), log_variance = model.log_variance(rows);
      const auto code = mean + exp(0.5f * log_variance) * Variable<float>(noise.normal<float>(mean.shape()));
      return mse_loss(model.decoder(code), rows) + 0.01f * kl_unit_normal(mean, log_variance);
    });
  }
  const Recurrent model{nn::LSTM({.in = 6, .hidden = 9}, rng), nn::Linear({.in = 54, .out = 1}, rng)};
  return train(model, communicator, options, steps, lr,
               [&](const auto& x, const auto& y, Rng&) { return model.loss(x, y); });
}

}  // namespace trained_models
