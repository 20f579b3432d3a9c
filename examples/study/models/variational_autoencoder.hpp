#pragma once

#include <latent/autograd/arithmetic.hpp>
#include <latent/autograd/functions.hpp>
#include <latent/nn/flatten.hpp>
#include <latent/nn/linear.hpp>

#include "study/models/experiment.hpp"

namespace study {

/// Variational (Kingma and Welling, 2014): the encoder gives a normal distribution of 32 latent numbers. While it
/// learns, and in its loss, a sample of it is decoded, by the reparametrisation z = mean + exp(log_variance / 2) noise;
/// otherwise its mean.
struct VariationalAutoencoder {
  static constexpr Description description{
      .name = "VAE", .folder = "variational_autoencoder", .id = "vae", .megaflops = 215, .noise = 32};

  double beta = 1;
  bool study_loss = false;

  template <Scalar T>
  struct Model {
    nn::Linear<T> hidden, mean, log_variance, expand, output;

    Variable<T> features(const Variable<T>& x) const { return hidden(nn::Flatten{}(x), Activation::relu); }
    Variable<T> encode(const Variable<T>& x) const { return mean(features(x)); }
    Variable<T> decode(const Variable<T>& z) const {
      return nn::Unflatten({.height = 28, .width = 28})(output(expand(z, Activation::relu), Activation::sigmoid));
    }
    Variable<T> operator()(const Variable<T>& x) const { return decode(encode(x)); }

    template <class F>
    void visit(F&& f) const {
      f("fc1", hidden);
      f("fc21", mean);
      f("fc22", log_variance);
      f("fc3", expand);
      f("fc4", output);
    }
  };

  std::vector<Option> options() {
    return {
        {"beta", &beta, "weight of the KL term in the loss of VAE", 0, 1e6},
        {"study-loss", &study_loss, "the loss of the original study, with which VAE collapses to two numbers or so"}};
  }

  template <Scalar T>
  Model<T> model(Rng& rng) const {
    return {nn::Linear<T>({.in = 784, .out = 400}, rng), nn::Linear<T>({.in = 400, .out = 32}, rng),
            nn::Linear<T>({.in = 400, .out = 32}, rng), nn::Linear<T>({.in = 32, .out = 400}, rng),
            nn::Linear<T>({.in = 400, .out = 784}, rng)};
  }

  /// (sum of squared errors + beta KL) / 784 per image: the evidence lower bound of a normal decoder of variance 1/2
  /// where beta is 1, divided by the number of pixels so as to stand beside the other models' losses.
  /// The study averaged the KL term over the 32 latent numbers instead, which weighs it more than ten times as much.
  template <Scalar T>
  Variable<T> loss(const Model<T>& model, const Variable<T>& x, const Tensor<T>& noise) const {
    const Variable<T> h = model.features(x);
    const Variable<T> mean = model.mean(h);
    const Variable<T> log_variance = model.log_variance(h);
    const Variable<T> z = mean + exp(T(0.5) * log_variance) * Variable<T>(noise);
    const double kl_weight = study_loss ? 0.5 / 32 : beta / 784;
    return mse_loss(model.decode(z), x) + static_cast<T>(kl_weight) * kl_unit_normal(mean, log_variance);
  }

  /// The KL term alone, in nats.
  template <Scalar T>
  Variable<T> divergence(const Model<T>& model, const Variable<T>& x) const {
    const Variable<T> h = model.features(x);
    return kl_unit_normal(model.mean(h), model.log_variance(h));
  }
};

}  // namespace study
