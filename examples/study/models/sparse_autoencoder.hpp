#pragma once

#include <algorithm>
#include <functional>
#include <latent/autograd/arithmetic.hpp>
#include <latent/autograd/functions.hpp>
#include <latent/autograd/reduce.hpp>

#include "study/models/fc_autoencoder.hpp"

namespace study {

/// 1 where an element of x [N, K] is below the `count`-th largest of its row, 1 <= count, else 0
template <Scalar T>
Tensor<T> below_largest(const Tensor<T>& x, Index count) {
  const auto [n, k] = x.template sizes<2>("below_largest: x [N, K]");
  Tensor<T> result(x.shape()), order = x;
  T* const mark = result.data();
  for (Index row = 0; row < n && count < k; ++row) {
    T* const first = order.data() + row * k;
    std::nth_element(first, first + count - 1, first + k, std::greater<T>());
    for (Index i = row * k; i < (row + 1) * k; ++i) mark[i] = x.data()[i] < first[count - 1] ? T(1) : T(0);
  }
  return result;
}

/// The layers of FC-AE with a price on its code, 64 numbers: l1 * mean |code|, where the `free` largest numbers of each
/// image cost nothing. So those keep their strength and the others become zero, with less error than the plain price
/// (`free` 0), which shrinks all (Lu and Li, "Sparse recovery via partial regularization", 2018).
struct SparseAutoencoder {
  static constexpr Description description{
      .name = "Sparse-AE", .folder = "sparse_autoencoder", .id = "sparse", .megaflops = 70.6};

  double l1 = 0.1;
  Index free = 32;
  double grown = 1;  ///< part of its full weight that the price has

  std::vector<Option> options() {
    return {
        {"l1", &l1, "weight of the mean absolute code in the loss of Sparse-AE", 0, 1e6},
        {"free", &free, "so many of the 64 numbers of an image's code, the largest, cost nothing in Sparse-AE", 0, 64}};
  }

  /// Over the first fifth of the epochs the price grows: units that are priced from the first step on often never fire.
  void begin_epoch(Index epoch, Index epochs) {
    grown = std::min(1.0, 5 * static_cast<double>(epoch) / static_cast<double>(epochs));
  }

  template <Scalar T>
  auto model(Rng& rng) const {
    return FcAutoencoder().model<T>(rng);
  }

  template <Scalar T>
  Variable<T> price(const Variable<T>& code) const {
    const Variable<T> size = abs(code);
    const Variable<T> charged = free > 0 ? size * Variable<T>(below_largest(code.value(), free)) : size;
    return static_cast<T>(l1 * grown) * mean(charged);
  }

  template <class Model, Scalar T>
  Variable<T> loss(const Model& model, const Variable<T>& x) const {
    const Variable<T> code = model.encode(x);
    return mse_loss(model.decode(code), x) + price(code);
  }
};

}  // namespace study
