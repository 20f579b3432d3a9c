#pragma once

#include "training.hpp"

namespace examples {

/// Recurrent: the rows of the image are a sequence of 28 steps; an LSTM reads them, another writes them.
/// The second sees all 28 outputs of the first, 128 numbers each: there is no bottleneck, it can copy.
struct RnnAutoencoder {
  static constexpr const char* name = "RNN-AE";
  static constexpr const char* folder = "rnn_autoencoder";

  template <Scalar T>
  struct Model {
    nn::LSTM<T> encoder, decoder;

    Variable<T> operator()(const Variable<T>& x) const {
      const Variable<T> rows = reshape(x, {-1, 28, 28});
      return reshape(decoder(encoder(rows).output).output, x.shape());
    }

    template <class F>
    void visit(F&& f) const {
      f("encoder", encoder);
      f("decoder", decoder);
    }
  };

  void declare(CLI::App&) {}

  template <Scalar T>
  static Model<T> model(Rng& rng) {
    return {nn::LSTM<T>({.in = 28, .hidden = 128}, rng), nn::LSTM<T>({.in = 128, .hidden = 28}, rng)};
  }

  template <Scalar T>
  Variable<T> loss(const Model<T>& model, const Variable<T>& x, Rng*) const {
    return mse_loss(model(x), x);
  }
};

}  // namespace examples
