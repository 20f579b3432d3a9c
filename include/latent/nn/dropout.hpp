#pragma once

#include "latent/autograd/arithmetic.hpp"
#include "latent/kernels/dropout.hpp"
#include "latent/nn/training.hpp"

namespace latent {

namespace nn {

/// ValueError for p outside [0, 1].
struct DropoutOptions {
  double p = 0.5;  ///< probability of an element to be dropped

  constexpr void check_values(const char* layer) const {
    check<ValueError>(p >= 0 && p <= 1, layer, ": p must be in [0, 1], got ", p);
  }
};

}  // namespace nn

namespace detail {

/// The random words of n elements, from the next whole block of a stream, which then goes on behind them.
inline kernels::Dropout next_dropout(Index n, double p, Rng& rng) {
  constexpr double words = 4294967296;  // 2^32 of which each is as probable
  const std::uint64_t block = (rng.position() + 3) / 4;
  rng.seek(4 * block + kernels::Dropout::words(n));
  return {.seed = rng.seed(),
          .stream = rng.stream(),
          .first_block = block,
          .threshold = p < 1 ? static_cast<std::uint32_t>(p * words) : 0,
          .scale = p < 1 ? 1 / (1 - p) : 0};
}

}  // namespace detail

/// y = x / (1 - p) with probability 1 - p, 0 x else, each element by itself, with random numbers of `rng`; all of it
/// is 0 x with p = 1, x itself with p = 0. ValueError for p outside [0, 1]. As torch.nn.functional.dropout in training.
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
template <Scalar T>
Variable<T> dropout(const Variable<T>& x, double p, Rng& rng) {
  nn::DropoutOptions{p}.check_values("dropout");
  if (p == 0) return x;
  const kernels::Dropout kept = detail::next_dropout(x.numel(), p, rng);
  auto y = Tensor<T>::uninitialized(x.shape());
  kernels::dropout<T>(x.numel(), x.value().data(), {y.data()}, kept);
  return Variable<T>::result("dropout", std::move(y), {x}, [x, kept](const Tensor<T>& dy) {
    if (const auto dx = x.grad_target()) kernels::dropout<T>(dy.numel(), dy.data(), dx, kept);
  });
}

/// The same for whole channels of images, x [N, H, W, C]: those of an image are kept or dropped each by itself.
/// ShapeError for other shapes. As torch.nn.functional.dropout2d in training.
/// Tompson et al., "Efficient object localization using convolutional networks", 2015.
template <Scalar T>
Variable<T> dropout2d(const Variable<T>& x, double p, Rng& rng) {
  nn::DropoutOptions{p}.check_values("dropout2d");
  check<ShapeError>(x.shape().rank() == 4, "dropout2d: x ", x.shape(), " does not fit, expected x [N, H, W, C]");
  if (p == 0) return x;
  auto kept = Tensor<T>::full({x.size(0), 1, 1, x.size(3)}, T(1));
  kernels::dropout<T>(kept.numel(), std::as_const(kept).data(), {kept.data()},
                      detail::next_dropout(kept.numel(), p, rng));
  return x * Variable<T>(std::move(kept));
}

namespace nn {

/// In training (`nn::Training`) each element is 0 with probability p, and else x / (1 - p); any shape. In evaluation x
/// itself. As torch.nn.Dropout.
struct Dropout {
  DropoutOptions options;

  explicit constexpr Dropout(const DropoutOptions& o = {}) : options(o) { options.check_values("Dropout"); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    Rng* const rng = training();
    return rng ? dropout(x, options.p, *rng) : x;
  }
  constexpr Shape output_shape(const Shape& x) const { return x; }
};

/// The same for whole channels, x [N, H, W, C]. As torch.nn.Dropout2d.
struct Dropout2d {
  DropoutOptions options;

  explicit constexpr Dropout2d(const DropoutOptions& o = {}) : options(o) { options.check_values("Dropout2d"); }

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    output_shape(x.shape());
    Rng* const rng = training();
    return rng ? dropout2d(x, options.p, *rng) : x;
  }
  constexpr Shape output_shape(const Shape& x) const {
    check<ShapeError>(x.rank() == 4, "Dropout2d: x ", x, " does not fit, expected x [N, H, W, C]");
    return x;
  }
};

}  // namespace nn
}  // namespace latent
