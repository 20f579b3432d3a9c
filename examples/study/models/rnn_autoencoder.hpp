#pragma once

#include <latent/autograd/arithmetic.hpp>
#include <latent/autograd/shaping.hpp>
#include <latent/nn/lstm.hpp>

#include "study/models/experiment.hpp"

namespace study {

/// Recurrent: the rows of the image are a sequence of 28 steps; an LSTM reads them, another writes them.
/// In the study the second sees all 28 outputs of the first, 128 numbers each: there is no bottleneck, it can copy.
/// With a bottleneck it sees the last of them only, at every step: a code of 128 numbers.
struct RnnAutoencoder {
  static constexpr Description description{
      .name = "RNN-AE", .folder = "rnn_autoencoder", .id = "rnn", .megaflops = 995, .microbatch = 64};

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

  std::vector<Option> options() {
    return {{"bottleneck", &bottleneck,
             "give the decoder of RNN-AE the encoder's last state only, 128 numbers, instead of all 28"}};
  }

  template <Scalar T>
  Model<T> model(Rng& rng) const {
    return {nn::LSTM<T>({.in = 28, .hidden = 128}, rng), nn::LSTM<T>({.in = 128, .hidden = 28}, rng), bottleneck};
  }
};

/// The recurrent autoencoder with its bottleneck, beside the one without.
struct RnnBottleneck : RnnAutoencoder {
  static constexpr Description description{
      .name = "RNN-128", .folder = "rnn_bottleneck", .id = "rnn-bottleneck", .megaflops = 995, .microbatch = 64};

  RnnBottleneck() : RnnAutoencoder{.bottleneck = true} {}
  std::vector<Option> options() { return {{"bottleneck", &bottleneck, ""}}; }
};

}  // namespace study
