#pragma once

#include <latent/autograd/variable.hpp>

namespace study {

using namespace latent;

/// An encoder and the decoder behind it.
template <class Encoder, class Decoder>
struct Autoencoder {
  Encoder encoder;
  Decoder decoder;

  template <Scalar T>
  Variable<T> encode(const Variable<T>& x) const {
    return encoder(x);
  }
  template <Scalar T>
  Variable<T> decode(const Variable<T>& code) const {
    return decoder(code);
  }
  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return decoder(encoder(x));
  }

  template <class F>
  void visit(F&& f) const {
    f("encoder", encoder);
    f("decoder", decoder);
  }
};
template <class Encoder, class Decoder>
Autoencoder(Encoder, Decoder) -> Autoencoder<Encoder, Decoder>;

}  // namespace study
