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

  static auto model(Rng& rng) { return FcAutoencoder::model(rng); }

  template <class Model>
  Floats loss(const Model& model, const Floats& x, Rng*) const {
    const Floats code = model.encoder(x);
    return mse_loss(model.decoder(code), x) + static_cast<float>(l1) * mean(abs(code));
  }
};

}  // namespace examples
