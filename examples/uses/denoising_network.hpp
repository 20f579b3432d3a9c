#pragma once

#include <latent/autograd/arithmetic.hpp>
#include <latent/nn/initializers.hpp>
#include <latent/nn/module_list.hpp>
#include <string>
#include <variant>

#include "uses/denoising_autoencoder.hpp"

// The networks that remove noise.

namespace uses {

/// y = x - f(x): f are 3 x 3 convolutions at full resolution, C -> 32 -> 32 -> 32 -> 32 -> 32 -> C, and say what is
/// noise. What they do not recognise stays as it is, and without strides there is no grid. Zhang et al., "Beyond a
/// Gaussian denoiser: residual learning of deep CNN for image denoising", 2017, where f has 17 layers of 64 channels
/// and batch norm, which so few layers learn without.
///
/// Of three channels a pixel takes 9 (2 * 3 * 32 + 4 * 32 * 32) = 38592 multiply-adds, seven times the autoencoder's
/// 5472, so an epoch has a seventh of the pixels (see patches_of).
struct ResidualDenoiser {
  static constexpr Index depth = 6, width = 32;
  static constexpr Index reach = depth;  ///< pixels that it sees around each

  nn::ModuleList<nn::Conv2d<float>> layers;

  ResidualDenoiser(Index channels, Rng& rng) {
    for (Index i = 0; i < depth; ++i) {
      layers.layers.emplace_back(
          nn::Conv2dOptions{
              .in = i == 0 ? channels : width, .out = i + 1 == depth ? channels : width, .kernel = 3, .padding = 1},
          rng);
      // As in the paper: with uniform numbers in +-1 / sqrt(fan in) hardly anything would come through six layers.
      if (i + 1 < depth) nn::init::kaiming_normal(layers.layers.back().weight, rng);
    }
  }

  Index channels() const { return layers.layers[0].options.in; }

  Variable<float> operator()(const Variable<float>& x) const {
    Variable<float> noise = x;
    for (const nn::Conv2d<float>& layer : layers.layers)
      noise = layer(noise, &layer == &layers.layers.back() ? Activation::none : Activation::relu);
    return x - noise;
  }

  template <class F>
  void visit(F&& f) const {
    f("layers", layers);
  }
};

/// One of the two.
struct DenoisingNetwork {
  std::variant<DenoisingAutoencoder, ResidualDenoiser> network;

  /// `name`: residual or autoencoder.
  DenoisingNetwork(const std::string& name, Index channels, Rng& rng)
      : network(name == "residual" ? decltype(network)(ResidualDenoiser(channels, rng))
                                   : DenoisingAutoencoder(channels, rng)) {}

  bool is_residual() const { return std::holds_alternative<ResidualDenoiser>(network); }
  const char* name() const { return is_residual() ? "residual" : "autoencoder"; }
  Index channels() const {
    return std::visit([](const auto& chosen) { return chosen.channels(); }, network);
  }

  Variable<float> operator()(const Variable<float>& x) const {
    return std::visit([&](const auto& chosen) { return chosen(x); }, network);
  }

  template <class F>
  void visit(F&& f) const {
    std::visit([&](const auto& chosen) { chosen.visit(f); }, network);
  }
};

}  // namespace uses
