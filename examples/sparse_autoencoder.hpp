#pragma once

#include "fc_autoencoder.hpp"

namespace examples {

/// The layers of FC-AE with a price on its code, 64 numbers: l1 * mean |code| makes most of them zero.
struct SparseAutoencoder {
  static constexpr const char* name = "Sparse-AE";
  static constexpr const char* folder = "sparse_autoencoder";

  double l1 = 0.003;

  void declare(CLI::App& app) {
    app.add_option("--l1", l1, "weight of the mean absolute code in the loss of Sparse-AE")
        ->check(between(0, 1e6));
  }

  template <Scalar T>
  static auto model(Rng& rng) {
    return FcAutoencoder::model<T>(rng);
  }

  template <class Model, Scalar T>
  Variable<T> loss(const Model& model, const Variable<T>& x, Rng*) const {
    const Variable<T> code = model.encoder(x);
    return mse_loss(model.decoder(code), x) + static_cast<T>(l1) * mean(abs(code));
  }
};

}  // namespace examples
