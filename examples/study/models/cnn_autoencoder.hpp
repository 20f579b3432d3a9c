#pragma once

#include <latent/nn/activation.hpp>
#include <latent/nn/conv2d.hpp>
#include <latent/nn/conv_transpose2d.hpp>
#include <latent/nn/max_pool2d.hpp>
#include <latent/nn/sequential.hpp>

#include "study/models/autoencoder.hpp"
#include "study/models/experiment.hpp"

namespace study {

/// Convolutional: 28 x 28 x 1 -> 14 x 14 x 16 -> 7 x 7 x 32 and back.
struct CnnAutoencoder {
  static constexpr Description description{
      .name = "CNN-AE", .folder = "cnn_autoencoder", .id = "cnn", .megaflops = 473, .microbatch = 64};

  template <Scalar T>
  auto model(Rng& rng) const {
    return Autoencoder{
        nn::Sequential{
            nn::Conv2d<T>({.in = 1, .out = 16, .kernel = 3, .padding = 1}, rng),
            nn::ReLU{},
            nn::MaxPool2d({.kernel = 2}),
            nn::Conv2d<T>({.in = 16, .out = 32, .kernel = 3, .padding = 1}, rng),
            nn::ReLU{},
            nn::MaxPool2d({.kernel = 2}),
        },
        nn::Sequential{
            nn::ConvTranspose2d<T>({.in = 32, .out = 16, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1},
                                   rng),
            nn::ReLU{},
            nn::ConvTranspose2d<T>({.in = 16, .out = 1, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1},
                                   rng),
            nn::Sigmoid{},
        },
    };
  }
};

}  // namespace study
