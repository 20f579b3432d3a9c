#pragma once

#include "training.hpp"

namespace examples {

/// Recurrent: the rows of the image are a sequence of 28 steps; an LSTM reads them, another writes them.
/// In the study the second sees all 28 outputs of the first, 128 numbers each: there is no bottleneck, it can copy.
/// With a bottleneck it sees the last of them only, at every step: a code of 128 numbers.
struct RnnAutoencoder {
  static constexpr const char* name = "RNN-AE";
  static constexpr const char* folder = "rnn_autoencoder";
  static constexpr const char* id = "rnn";
  static constexpr double megaflops = 995;

  bool bottleneck = false;

  template <Scalar T>
  struct Model {
    nn::LSTM<T> encoder, decoder;
    bool bottleneck = false;

    /// [N, 28, 28, 1] -> [N, 28, 128], or [N, 1, 128] with a bottleneck
    Variable<T> encode(const Variable<T>& x) const {
      const Variable<T> outputs = encoder(reshape(x, {-1, 28, 28})).output;
      return bottleneck ? slice(outputs, 1, 27, 28) : outputs;
    }
    Variable<T> decode(const Variable<T>& code) const {
      const Variable<T> steps = bottleneck ? code + Variable<T>(Tensor<T>({1, 28, 1})) : code;
      return reshape(decoder(steps).output, {-1, 28, 28, 1});
    }
    Variable<T> operator()(const Variable<T>& x) const { return decode(encode(x)); }

    template <class F>
    void visit(F&& f) const {
      f("encoder", encoder);
      f("decoder", decoder);
    }
  };

  void declare(CLI::App& app) {
    app.add_flag("--bottleneck", bottleneck,
                 "give the decoder of RNN-AE the encoder's last state only, 128 numbers, instead of all 28");
  }
  nlohmann::json options() const { return {{"bottleneck", bottleneck}}; }

  template <Scalar T>
  Model<T> model(Rng& rng) const {
    return {nn::LSTM<T>({.in = 28, .hidden = 128}, rng), nn::LSTM<T>({.in = 128, .hidden = 28}, rng), bottleneck};
  }

  template <Scalar T>
  Variable<T> loss(const Model<T>& model, const Variable<T>& x, Rng&) const {
    return mse_loss(model(x), x);
  }
};

}  // namespace examples
