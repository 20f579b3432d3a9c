// A forecaster: an LSTM reads two days of weather, hour by hour, and says the temperature of the next six hours. Its
// error on the last weeks, of which it has seen nothing, is printed beside those of two forecasts that cost nothing.
//
//     07_forecaster [file.csv]     with the columns temperature and sunshine; else weather.csv is made up and read

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <latent/data/csv.hpp>
#include <latent/latent.hpp>
#include <numbers>
using namespace latent;

constexpr Index days = 150, window = 48, horizon = 6;  // the last two in hours

/// Clouds come and go slowly, the sun shines through what they leave, and air keeps most of its warmth for an hour.
void make_weather(const std::filesystem::path& file) {
  const Tensor<float> noise = Rng(1).normal<float>({24 * days, 2});
  std::ofstream out(file);
  out << "temperature,sunshine\n";
  float clouds = 0, warmth = 5;
  for (Index hour = 0; hour < 24 * days; ++hour) {
    clouds = 0.95f * clouds + 0.5f * noise(hour, 0);
    const float height = std::sin(2 * std::numbers::pi_v<float> * static_cast<float>(hour % 24 - 6) / 24);
    const float sunshine = std::max(height, 0.0f) / (1 + std::exp(clouds));
    warmth = 0.9f * warmth + 3 * sunshine + 0.3f * noise(hour, 1);
    out << 5 + warmth << ',' << sunshine << '\n';
  }
}

/// The root of the mean squared difference, in degrees, of forecasts [N, 6] that are scaled by `degrees`.
double error(const Variable<float>& forecast, const Variable<float>& truth, float degrees) {
  return degrees * std::sqrt(mse_loss(forecast, truth).item());
}

int main(int argc, char** argv) {
  const std::filesystem::path file = argc > 1 ? argv[1] : "weather.csv";
  if (argc <= 1) make_weather(file);
  const Tensor<float> table = data::read_csv(file, {.columns = {"temperature", "sunshine"}}).values;  // [T, 2]

  // The past to learn from and the future to be judged by; and mean and deviation are those of the past, too.
  const Index hours = table.size(0), past = hours * 4 / 5;
  const Variable<float> known(table.rows(0, past));
  const Tensor<float> shift = mean(known, 0).value(), scale = stddev(known, 0).value(),
                      scaled = (table - shift) / scale;
  const data::Windows train(scaled.rows(0, past), {.window = window, .horizon = horizon});
  const data::Windows test(scaled.rows(past - window, hours), {.window = window, .horizon = horizon});
  std::cout << hours << " hours, " << train.size() << " windows to learn from, " << test.size() << " later ones\n";

  Rng rng(1);
  const nn::Sequential model{nn::LSTM({.in = 2, .hidden = 32}, rng), nn::Select{},  // [N, 48, 2] -> [N, 32], the last
                             nn::Linear({.in = 32, .out = horizon}, rng)};          // [N, 6]
  const auto temperature = [](const Tensor<float>& y) {
    return select(Variable<float>(y), 2, 0);
  };  // [N, T, 2] -> [N, T]

  constexpr Index epochs = 20;
  data::Loader batches(train, {.batch_size = 64, .shuffle = true});
  optim::Adam optimizer(nn::parameters(model));
  const optim::OneCycleLR schedule{.max_lr = 1e-2, .steps = epochs * batches.size()};
  Index step = 0;
  for (Index epoch = 1; epoch <= epochs; ++epoch) {
    double sum = 0;
    for (const auto& [x, y] : batches) {
      const Variable<float> loss = mse_loss(model(Variable<float>(x)), temperature(y));
      optimizer.zero_grad();
      loss.backward();
      optim::clip_grad_norm(optimizer.parameters(), 1);
      optimizer.options.lr = schedule(step++);
      optimizer.step();
      sum += loss.item() / static_cast<double>(batches.size());
    }
    if (epoch % 5 == 0) std::cout << "epoch " << epoch << ": loss " << sum << '\n';
  }

  const NoGrad no_grad;
  data::Loader all(test, {.batch_size = test.size()});
  for (const auto& [x, y] : all) {
    const Variable<float> seen = temperature(x), truth = temperature(y);
    const float degrees = scale(0);
    const auto last = expand(slice(seen, 1, window - 1, window), {-1, horizon});
    const auto day_before = slice(seen, 1, window - 24, window - 24 + horizon);
    std::cout << "error in degrees: the last value " << error(last, truth, degrees) << ", the same hours a day before "
              << error(day_before, truth, degrees) << ", LSTM " << error(model(Variable<float>(x)), truth, degrees)
              << '\n';
  }
}
