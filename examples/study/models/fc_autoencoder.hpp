#pragma once

#include <latent/nn/activation.hpp>
#include <latent/nn/flatten.hpp>
#include <latent/nn/linear.hpp>
#include <latent/nn/sequential.hpp>

#include "study/models/autoencoder.hpp"
#include "study/models/experiment.hpp"

namespace study {

/// Fully connected: 784 -> 128 -> 64 -> 128 -> 784.
struct FcAutoencoder {
  static constexpr Description description{.name = "FC-AE", .folder = "fc_autoencoder", .id = "fc", .megaflops = 70.6};

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
};

}  // namespace study
