#pragma once

#include "training.hpp"

namespace examples {

/// Fully connected: 784 -> 128 -> 64 -> 128 -> 784.
struct FcAutoencoder {
  static constexpr const char* name = "FC-AE";
  static constexpr const char* folder = "fc_autoencoder";
  static constexpr const char* id = "fc";
  static constexpr double megaflops = 70.6;  ///< of a training step at batch 64, a multiply-add being two

  void declare(CLI::App&) {}
  nlohmann::json options() const { return nlohmann::json::object(); }

  template <Scalar T>
  auto model(Rng& rng) const {
    return Autoencoder{
        nn::Sequential{
            nn::Flatten{},
            nn::Linear<T>({.in = 784, .out = 128}, rng),
            nn::ReLU{},
            nn::Linear<T>({.in = 128, .out = 64}, rng),
            nn::ReLU{},
        },
        nn::Sequential{
            nn::Linear<T>({.in = 64, .out = 128}, rng),
            nn::ReLU{},
            nn::Linear<T>({.in = 128, .out = 784}, rng),
            nn::Sigmoid{},
            nn::Unflatten({.height = 28, .width = 28}),
        },
    };
  }

  template <class Model, Scalar T>
  Variable<T> loss(const Model& model, const Variable<T>& x, Rng&) const {
    return mse_loss(model(x), x);
  }

  template <class Model>
  void write_pictures(const Model&, const TrainedModel& trained, const data::ImageDataset& test,
                      const std::filesystem::path& folder) const {
    write_units(folder / "units.png", trained, test);
  }
};

}  // namespace examples
