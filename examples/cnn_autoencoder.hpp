#pragma once

#include "training.hpp"

namespace examples {

/// Convolutional: 28 x 28 x 1 -> 14 x 14 x 16 -> 7 x 7 x 32 and back.
struct CnnAutoencoder {
  static constexpr const char* name = "CNN-AE";
  static constexpr const char* folder = "cnn_autoencoder";

  void declare(CLI::App&) {}

  template <Scalar T>
  static auto model(Rng& rng) {
    return Autoencoder{
        nn::Sequential{
            nn::Conv2d<T>({.in = 1, .out = 16, .kernel = 3, .padding = 1}, rng), nn::ReLU{}, nn::MaxPool2d({.kernel = 2}),
            nn::Conv2d<T>({.in = 16, .out = 32, .kernel = 3, .padding = 1}, rng), nn::ReLU{}, nn::MaxPool2d({.kernel = 2}),
        },
        nn::Sequential{
            nn::ConvTranspose2d<T>({.in = 32, .out = 16, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1}, rng),
            nn::ReLU{},
            nn::ConvTranspose2d<T>({.in = 16, .out = 1, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1}, rng),
            nn::Sigmoid{},
        },
    };
  }

  template <class Model, Scalar T>
  Variable<T> loss(const Model& model, const Variable<T>& x, Rng*) const {
    return mse_loss(model(x), x);
  }
};

}  // namespace examples
