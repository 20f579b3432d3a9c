// Anomalies of a machine: an autoencoder learns what three sensors look like together while all is well, and what it
// cannot draw again is strange. The threshold is set by normal data alone, so that one window of a hundred is a false
// alarm; then it judges a series with three kinds of faults.
//
//     14_sensor_anomalies

#include <algorithm>
#include <cmath>
#include <iostream>
#include <latent/latent.hpp>
#include <vector>
using namespace latent;

constexpr Index window = 32, sensors = 3;
enum class Fault { none, stuck, late, loud };

/// Speed, current and vibration of a motor under a changing load, [steps, 3]. With a fault a sensor keeps its value,
/// current lags behind the load, or vibration is twice as strong.
Tensor<float> measure(Index steps, std::uint64_t seed, Fault fault = Fault::none) {
  const Tensor<float> noise = Rng(seed).normal<float>({steps, sensors});
  Tensor<float> series({steps, sensors});
  const float begin = Rng(seed, 1).uniform() * 100;
  for (Index t = 0; t < steps; ++t) {
    const auto load = [&](float delay) {
      const float time = begin + static_cast<float>(t) - delay;
      return std::sin(0.2f * time) + 0.5f * std::sin(0.053f * time);
    };
    const float strength = fault == Fault::loud ? 0.3f : 0.15f;
    series(t, 0) = fault == Fault::stuck && t > 0 ? series(t - 1, 0) : -load(0) + 0.1f * noise(t, 0);
    series(t, 1) = load(fault == Fault::late ? 5 : 2) + 0.1f * noise(t, 1);
    series(t, 2) = strength * (2 + load(0)) * noise(t, 2);
  }
  return series;
}

/// How strange each window is: the mean squared error of what the model makes of it.
template <class Model>
std::vector<float> scores(const Model& model, const Tensor<float>& series, Index stride) {
  const NoGrad no_grad;
  const data::Windows windows(series, {.window = window, .stride = stride});
  std::vector<float> result;
  data::Loader batches(windows, {.batch_size = 256});
  for (const auto& batch : batches) {
    const Variable<float> x(batch.x);
    const Tensor<float> errors = mean(mean(square(model(x) - x), 2), 1).value();
    result.insert(result.end(), errors.elements().begin(), errors.elements().end());
  }
  return result;
}

/// The probability that a strange window has a higher score than a normal one.
double auroc(const std::vector<float>& strange, std::vector<float> normal) {
  std::ranges::sort(normal);
  double below = 0;
  for (const float score : strange) {
    const auto [first, last] = std::equal_range(normal.begin(), normal.end(), score);
    below += static_cast<double>(first - normal.begin()) + static_cast<double>(last - first) / 2;
  }
  return below / static_cast<double>(strange.size()) / static_cast<double>(normal.size());
}

int main() {
  const data::Windows normal(measure(20000, 1), {.window = window, .stride = 4});
  Rng rng(1);
  const nn::Sequential model{
      nn::Conv1d({.in = sensors, .out = 16, .kernel = 5, .stride = 2, .padding = 2}, rng),
      nn::ReLU{},                                                                     // [N, 16, 16]
      nn::Conv1d({.in = 16, .out = 8, .kernel = 5, .stride = 4, .padding = 2}, rng),  // [N, 4, 8]
      nn::ConvTranspose1d({.in = 8, .out = 16, .kernel = 4, .stride = 4}, rng),
      nn::ReLU{},                                                                       // [N, 16, 16]
      nn::ConvTranspose1d({.in = 16, .out = sensors, .kernel = 2, .stride = 2}, rng)};  // [N, 32, 3]
  optim::Adam optimizer(nn::parameters(model), {.lr = 3e-3});
  data::Loader batches(normal, {.batch_size = 64, .shuffle = true});
  for (int epoch = 1; epoch <= 10; ++epoch) {
    double loss = 0;
    for (const auto& batch : batches) {
      const Variable<float> x(batch.x), error = mse_loss(model(x), x);
      optimizer.zero_grad();
      error.backward();
      optimizer.step();
      loss += error.item() / static_cast<double>(batches.size());
    }
    if (epoch % 5 == 0) std::cout << "epoch " << epoch << ": loss " << loss << '\n';
  }

  // Of normal windows that it has not learned from, one of a hundred is above this.
  std::vector<float> held_out = scores(model, measure(20000, 2), 4);
  std::ranges::sort(held_out);
  const float threshold = held_out[held_out.size() * 99 / 100];
  const auto alarms = [&](const std::vector<float>& all) {
    return 100.0 * static_cast<double>(std::ranges::count_if(all, [&](float score) { return score > threshold; })) /
           static_cast<double>(all.size());
  };
  const std::vector<float> usual = scores(model, measure(20000, 3), 4);
  std::cout << "false alarms: " << alarms(usual) << " %\n";
  const char* const names[] = {"", "speed stuck", "current late", "vibration loud"};
  for (const Fault fault : {Fault::stuck, Fault::late, Fault::loud}) {
    const std::vector<float> strange = scores(model, measure(20000, 4, fault), 4);
    std::cout << names[static_cast<int>(fault)] << ": AUROC " << auroc(strange, usual) << ", found " << alarms(strange)
              << " %\n";
  }
}
