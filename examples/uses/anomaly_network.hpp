#pragma once

#include <latent/nn/activation.hpp>
#include <latent/nn/conv2d.hpp>
#include <latent/nn/conv_transpose2d.hpp>
#include <latent/nn/flatten.hpp>
#include <latent/nn/linear.hpp>
#include <string>
#include <variant>

#include "uses/any_size.hpp"

// The networks whose errors tell what is anomalous: they can only reconstruct well what resembles what they learned.

namespace uses {

/// Fully connected: H W C -> 128 -> code -> 128 -> H W C. The code has no activation: of so few numbers none should be
/// stuck at zero.
struct AnomalyAutoencoder {
  nn::Linear<float> encoder1, encoder2, decoder1, decoder2;

  AnomalyAutoencoder(Index pixels, Index code, Rng& rng)
      : encoder1({.in = pixels, .out = 128}, rng),
        encoder2({.in = 128, .out = code}, rng),
        decoder1({.in = code, .out = 128}, rng),
        decoder2({.in = 128, .out = pixels}, rng) {}

  Variable<float> operator()(const Variable<float>& x) const {
    const Variable<float> code = encoder2(encoder1(nn::Flatten{}(x), Activation::relu));
    return reshape(decoder2(decoder1(code, Activation::relu), Activation::sigmoid), x.shape());
  }

  template <class F>
  void visit(F&& f) const {
    f("encoder1", encoder1);
    f("encoder2", encoder2);
    f("decoder1", decoder1);
    f("decoder2", decoder2);
  }
};

/// Convolutional: H x W x C -> H/2 x W/2 x 32 -> H/4 x W/4 x 64 -> H/8 x W/8 x code and back, of any size. Each place
/// has a code of its own, so that it learns textures, wherever they begin.
struct ConvolutionalAnomalyAutoencoder {
  nn::Conv2d<float> encoder1, encoder2, encoder3;
  nn::ConvTranspose2d<float> decoder1, decoder2, decoder3;

  ConvolutionalAnomalyAutoencoder(Index channels, Index code, Rng& rng)
      : encoder1({.in = channels, .out = 32, .kernel = 4, .stride = 2, .padding = 1}, rng),
        encoder2({.in = 32, .out = 64, .kernel = 4, .stride = 2, .padding = 1}, rng),
        encoder3({.in = 64, .out = code, .kernel = 4, .stride = 2, .padding = 1}, rng),
        decoder1({.in = code, .out = 64, .kernel = 4, .stride = 2, .padding = 1}, rng),
        decoder2({.in = 64, .out = 32, .kernel = 4, .stride = 2, .padding = 1}, rng),
        decoder3({.in = 32, .out = channels, .kernel = 4, .stride = 2, .padding = 1}, rng) {}

  Variable<float> operator()(const Variable<float>& images) const {
    return at_any_size(images, 8, [this](const Variable<float>& x) {
      const Variable<float> code = encoder3(encoder2(encoder1(x, Activation::relu), Activation::relu));
      return decoder3(decoder2(decoder1(code, Activation::relu), Activation::relu), Activation::sigmoid);
    });
  }

  template <class F>
  void visit(F&& f) const {
    f("encoder1", encoder1);
    f("encoder2", encoder2);
    f("encoder3", encoder3);
    f("decoder1", decoder1);
    f("decoder2", decoder2);
    f("decoder3", decoder3);
  }
};

/// What decides on the shapes of all weights.
struct AnomalyArchitecture {
  std::string network;  ///< fc or cnn
  Index height = 0, width = 0, channels = 1, code = 8;
};

/// One of the two.
struct AnomalyNetwork {
  std::variant<AnomalyAutoencoder, ConvolutionalAnomalyAutoencoder> network;

  AnomalyNetwork(const AnomalyArchitecture& a, Rng& rng)
      : network(a.network == "fc" ? decltype(network)(AnomalyAutoencoder(a.height * a.width * a.channels, a.code, rng))
                                  : ConvolutionalAnomalyAutoencoder(a.channels, a.code, rng)) {}

  Variable<float> operator()(const Variable<float>& x) const {
    return std::visit([&](const auto& chosen) { return chosen(x); }, network);
  }

  template <class F>
  void visit(F&& f) const {
    std::visit([&](const auto& chosen) { chosen.visit(f); }, network);
  }
};

}  // namespace uses
